import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";
import { isRecord } from "./is-record.ts";
import { makeFolder } from "./make-folder.ts";
import { readIfThere, readTextIfThere } from "./read-if-there.ts";
import { syncFolder } from "./sync-folder.ts";
import { writeFileAtomic } from "./write-atomic.ts";

/** A file that is to be there: `before` is the digest of what stood in its place; null: nothing. */
interface Intended {
  readonly path: string;
  readonly text: string;
  readonly before: string | null;
}

const intentName = "writing.json";

/**
 * Writes several files, all or none: what is to be written is kept in `stateFolder` first, so that after a kill the next
 * call (of this, or of `finishWriting`) writes the rest. Paths are absolute. Files that are there keep nothing of
 * themselves; missing folders are made, readable for others like any committed file.
 *
 * @throws the system's error; give it to `fileFailure`.
 */
export function writeTogether(stateFolder: string, files: ReadonlyMap<string, string>): void {
  const intended = [...files].map(([path, text]): Intended => ({ path, text, before: digestAt(path) }));
  const changed = intended.filter(({ text, before }) => digestOf(text) !== before);
  if (changed.length === 0) return;
  const intent = join(stateFolder, intentName);
  writeFileAtomic(intent, JSON.stringify({ v: 1, files: changed }));
  for (const file of changed) write(file);
  forget(intent);
}

/**
 * Writes what an earlier call began, in the folder that `stateFolder` is in; what leads out of that is forgotten, whoever wrote
 * it there: whoever asked for it asks again. Does nothing when none was interrupted. Fails with `documents-edited`, and writes
 * nothing, when one of the files is neither as it was before nor as it was to be: somebody has changed it since.
 *
 * @throws the system's error; give it to `fileFailure`.
 */
export function finishWriting(stateFolder: string): Result<void> {
  const intent = join(stateFolder, intentName);
  const files = readIntent(intent);
  if (files === undefined) return ok();
  if (files.some(({ path }) => leaves(dirname(stateFolder), path))) {
    forget(intent);
    return ok();
  }
  const now = files.map((file) => ({ file, is: digestAt(file.path) }));
  const strange = now.find(({ file, is }) => is !== file.before && is !== digestOf(file.text));
  if (strange !== undefined) return failed(changedSince(strange.file.path, intent));
  for (const { file, is } of now) if (is === file.before) write(file);
  forget(intent);
  return ok();
}

function leaves(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return isAbsolute(way) || way === ".." || way.startsWith(`..${sep}`);
}

function write({ path, text }: Intended): void {
  makeFolder(dirname(path), 0o755);
  writeFileAtomic(path, text, 0o644);
}

function forget(intent: string): void {
  rmSync(intent, { force: true });
  syncFolder(dirname(intent));
}

/** An intent that was never whole began nothing. */
function readIntent(path: string): readonly Intended[] | undefined {
  const text = readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) && Array.isArray(read.files) && read.files.every(isIntended) ? read.files : undefined;
  } catch {
    return undefined;
  }
}

function isIntended(value: unknown): value is Intended {
  if (!isRecord(value)) return false;
  const { path, text, before } = value;
  return typeof path === "string" && typeof text === "string" && (before === null || typeof before === "string");
}

function digestAt(path: string): string | null {
  const bytes = readIfThere(path);
  return bytes === undefined ? null : digestOf(bytes);
}

function digestOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function changedSince(path: string, intent: string) {
  return {
    code: "documents-edited",
    message: `${path} was changed after a command that was about to write it had been interrupted`,
    hint: `Keep what you need from it, then discard the interrupted write: rm ${intent}`,
  } as const;
}
