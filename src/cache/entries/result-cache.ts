import { rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore } from "../../blobs/blob-store.ts";
import { DiskBlobStore } from "../../blobs/disk/disk-blob-store.ts";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import { writeQuickly } from "../../files/write-quickly.ts";
import type { Part } from "../../inputs/part.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import type { Fingerprint } from "../fingerprint/fingerprint.ts";
import { type Entry, isOldEntry, parseEntry, writeEntry } from "./entry.ts";
import { taskFile } from "./task-file.ts";

export type LookUp =
  | { readonly found: "entry"; readonly entry: Entry }
  | { readonly found: "nothing" }
  | { readonly found: "damaged" };

/** Where the cache keeps bytes. One that a power cut took is a miss like any other, so that nothing waits for the disk. */
export function cacheBlobs({ blobs }: PipelinePaths): BlobStore {
  return new DiskBlobStore(blobs, { durable: false });
}

/**
 * Results by fingerprint, one file each, and for each task the parts of the fingerprint it last had. Files are replaced
 * whole, so that readers and writers of any number of runs don't disturb each other.
 */
export class ResultCache {
  readonly #paths: PipelinePaths;
  readonly #key: CacheKey;
  readonly blobs: BlobStore;
  #storedBytes = 0;

  constructor(paths: PipelinePaths, blobs: BlobStore, key: CacheKey) {
    this.#paths = paths;
    this.#key = key;
    this.blobs = blobs;
  }

  /** How many bytes the results have that were saved here; those that were there already count too. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  find(fingerprint: Fingerprint): LookUp {
    const text = readTextIfThere(this.#entryPath(fingerprint), { forgive: "everything" });
    if (text === undefined || isOldEntry(text)) return { found: "nothing" };
    const entry = parseEntry(text, fingerprint, this.#key);
    return entry === undefined ? { found: "damaged" } : { found: "entry", entry };
  }

  /** Store the entry's blobs first: an entry says that they are there. @throws the system's error. */
  save(entry: Entry): void {
    const text = writeEntry(entry, this.#key);
    writeQuickly(this.#entryPath(entry.fingerprint), text);
    this.#storedBytes += text.length;
    for (const output of entry.outputs.entries) if (output.kind === "file") this.#storedBytes += output.size;
  }

  /** Takes an entry out, because it cannot be used. */
  forget(fingerprint: Fingerprint): void {
    rmSync(this.#entryPath(fingerprint), { force: true });
  }

  /** The parts of the fingerprint that the task had when it was last run or restored. */
  lastParts(task: string): readonly Part[] | undefined {
    const text = readTextIfThere(this.#lastPath(task), { forgive: "everything" });
    return text === undefined ? undefined : parseParts(text);
  }

  /**
   * Writes nothing when the fingerprint is the one that is there. Otherwise the results of both count as used now: what
   * is collected first goes by that. @throws the system's error.
   */
  saveLast(task: string, fingerprint: Fingerprint, parts: readonly Part[]): void {
    const path = this.#lastPath(task);
    const text = JSON.stringify({ fingerprint, parts });
    const before = readTextIfThere(path, { forgive: "everything" });
    if (before === text) return;
    writeQuickly(path, text);
    const previous = /^\{"fingerprint":"(sha256:[0-9a-f]{64})"/.exec(before ?? "")?.[1];
    for (const used of [previous, fingerprint]) if (used !== undefined) this.#touch(used as Fingerprint);
  }

  /** Most of the time there is no entry yet, or no longer. */
  #touch(fingerprint: Fingerprint): void {
    try {
      const now = Date.now() / 1000;
      utimesSync(this.#entryPath(fingerprint), now, now);
    } catch {
      // It is used without being marked so: it may only be collected earlier.
    }
  }

  /** Where an entry is, or would be. */
  placeOf(fingerprint: string): string {
    return this.#entryPath(fingerprint as Fingerprint);
  }

  #entryPath(fingerprint: Fingerprint): string {
    return join(this.#paths.entries, `${fingerprint.slice("sha256:".length)}.json`);
  }

  #lastPath(task: string): string {
    return join(this.#paths.last, `${taskFile(task)}.json`);
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
