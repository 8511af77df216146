import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import { type Entry, parseEntry, writeEntry } from "./entry.ts";
import type { Fingerprint, Part } from "./fingerprint.ts";
import { isRecord } from "./manifest.ts";
import { type PipelinePaths, readIfThere, writeQuickly } from "./state-folder.ts";

export type LookUp =
  | { readonly found: "entry"; readonly entry: Entry }
  | { readonly found: "nothing" }
  | { readonly found: "damaged" };

/**
 * Results by fingerprint, one file each, and for each task the parts of the fingerprint it last had. Files are replaced
 * whole, so that readers and writers of any number of runs don't disturb each other.
 */
export class ResultCache {
  readonly #paths: PipelinePaths;
  readonly blobs: BlobStore;

  constructor(paths: PipelinePaths, blobs: BlobStore) {
    this.#paths = paths;
    this.blobs = blobs;
  }

  find(fingerprint: Fingerprint): LookUp {
    const text = readIfThere(this.#entryPath(fingerprint));
    if (text === undefined) return { found: "nothing" };
    const entry = parseEntry(text, fingerprint);
    return entry === undefined ? { found: "damaged" } : { found: "entry", entry };
  }

  /** Store the entry's blobs first: an entry says that they are there. @throws the system's error. */
  save(entry: Entry): void {
    writeQuickly(this.#entryPath(entry.fingerprint), writeEntry(entry));
  }

  /** Takes an entry out, because it cannot be used. */
  forget(fingerprint: Fingerprint): void {
    rmSync(this.#entryPath(fingerprint), { force: true });
  }

  /** The parts of the fingerprint that the task had when it was last run or restored. */
  lastParts(task: string): readonly Part[] | undefined {
    const text = readIfThere(this.#lastPath(task));
    return text === undefined ? undefined : parseParts(text);
  }

  /** Writes nothing when the fingerprint is the one that is there. @throws the system's error. */
  saveLast(task: string, fingerprint: Fingerprint, parts: readonly Part[]): void {
    const path = this.#lastPath(task);
    const text = JSON.stringify({ fingerprint, parts });
    if (readIfThere(path) !== text) writeQuickly(path, text);
  }

  #entryPath(fingerprint: Fingerprint): string {
    return join(this.#paths.entries, `${fingerprint.slice("sha256:".length)}.json`);
  }

  #lastPath(task: string): string {
    return join(this.#paths.last, `${task}.json`);
  }
}

/** Only for explanations: what cannot be read explains nothing. */
function parseParts(text: string): readonly Part[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isPart = (part: unknown) =>
      Array.isArray(part) && part.length === 2 && part.every((x) => typeof x === "string");
    return isRecord(value) && Array.isArray(value.parts) && value.parts.every(isPart) ? value.parts : undefined;
  } catch {
    return undefined;
  }
}
