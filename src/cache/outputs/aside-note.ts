import { isRecord } from "../../files/is-record.ts";
import type { ProcessIdentity } from "../../process/identity.ts";

/** Something that stood where an output is declared, and was moved away. */
export interface AsideItem {
  /** Relative to the project. */
  readonly path: string;
  /** The same as bytes, in base64, where its name is not UTF-8 and `path` only shows it. */
  readonly bytes?: string;
  /** Of a folder that had to be opened before it could be moved. */
  readonly mode?: number;
  /** Nothing was there, or it is away already, and something new is about to be moved in: that goes again. */
  readonly isNew?: true;
}

/**
 * What was set aside, on disk before it is moved, so that whoever comes after a killed Tidegate can put it back. The
 * n-th item is the file or folder called n, in the folder beside the note or, where that is on another disk, beside its
 * own place; one that is in neither was not moved, or is back already.
 */
export interface AsideNote {
  readonly owner: ProcessIdentity;
  readonly items: readonly AsideItem[];
  /** Nothing of it is to come back. */
  readonly isDone?: true;
}

export function formatNote(note: AsideNote): string {
  return JSON.stringify(note);
}

/** `undefined` for what is damaged: then nobody knows whose it was. */
export function parseNote(text: string | undefined): AsideNote | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (!isRecord(value) || !isRecord(value.owner) || !Array.isArray(value.items)) return undefined;
    const { pid, started } = value.owner;
    if (typeof pid !== "number" || !Number.isInteger(pid) || typeof started !== "string") return undefined;
    if (!value.items.every(isItem)) return undefined;
    return { owner: { pid, started }, items: value.items, ...(value.isDone === true && { isDone: true }) };
  } catch {
    return undefined;
  }
}

/** The note is private, but what it names is removed and written: never anything out of the project. */
function isItem(value: unknown): value is AsideItem {
  if (!isRecord(value) || typeof value.path !== "string") return false;
  if (value.mode !== undefined && typeof value.mode !== "number") return false;
  if (value.bytes === undefined) return isInside(value.path);
  return typeof value.bytes === "string" && isInside(Buffer.from(value.bytes, "base64").toString("latin1"));
}

function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
}
