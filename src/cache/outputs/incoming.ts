import { chmodSync, cpSync, renameSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import type { BlobStore } from "../../blobs/blob-store.ts";
import { ok, type Result } from "../../errors/result.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { makeFolder } from "../../files/make-folder.ts";
import type { OutputEntry } from "./manifest.ts";
import { removeTree } from "./wipe.ts";

interface Top {
  /** Where it is made. */
  readonly at: string;
  readonly entry: OutputEntry;
  readonly folders: Extract<OutputEntry, { kind: "folder" }>[];
}

/**
 * Outputs that are made out of the way, and moved to their places when all of them are whole: a folder that is new with
 * everything in it, by one rename.
 */
export class Incoming {
  readonly #projectFolder: string;
  readonly #folder: string;
  readonly #tops: Top[] = [];
  /** In which new folder a folder is. */
  readonly #topOf = new Map<string, Top>();

  constructor(projectFolder: string, folder: string) {
    this.#projectFolder = projectFolder;
    this.#folder = folder;
  }

  /** Folders before what is in them. false: the blob is damaged, or gone. @throws the system's error. */
  async add(entry: OutputEntry, blobs: BlobStore): Promise<Result<boolean>> {
    const top = this.#topOf.get(dirname(entry.path)) ?? this.#newTop(entry);
    const at = `${top.at}${entry.path.slice(top.entry.path.length)}`;
    if (entry.kind === "file") return await blobs.restore(entry.digest, at, entry.mode);
    if (entry.kind === "link") symlinkSync(entry.target, at);
    else {
      makeFolder(at, 0o777);
      this.#topOf.set(entry.path, top);
      top.folders.push(entry);
    }
    return ok(true);
  }

  /**
   * Nothing stands in the places any more; `expect` is told what is about to be moved in, and has to remove it when this
   * does not come to its end. @throws the system's error.
   */
  moveIn(expect: (paths: readonly string[]) => void): void {
    const paths = this.#tops.map(({ entry }) => entry.path);
    for (const path of paths) refuseTaken(`${this.#projectFolder}/${path}`);
    expect(paths);
    const folders = new Set<string>();
    for (const top of this.#tops) {
      const target = `${this.#projectFolder}/${top.entry.path}`;
      const folder = dirname(target);
      if (!folders.has(folder)) makeFolder(folder, 0o777);
      folders.add(folder);
      // A folder may become one in which nothing can be written: then it could not be moved.
      const inner = top.folders.filter((entry) => entry !== top.entry);
      for (const { path, mode } of deepestFirst(inner))
        chmodSync(`${top.at}${path.slice(top.entry.path.length)}`, mode);
      move(top.at, target);
      if (top.entry.kind === "folder") chmodSync(target, top.entry.mode);
    }
  }

  #newTop(entry: OutputEntry): Top {
    if (this.#tops.length === 0) makeFolder(this.#folder);
    const top = { at: `${this.#folder}/${this.#tops.length}`, entry, folders: [] };
    this.#tops.push(top);
    return top;
  }
}

/** A folder may become one in which nothing can be changed. */
export function deepestFirst<T extends { readonly path: string }>(entries: readonly T[]): T[] {
  return entries.toSorted((a, b) => (a.path < b.path ? 1 : -1));
}

/** Somebody else was quicker: what is theirs is not overwritten. */
function refuseTaken(path: string): void {
  if (lstatIfThere(path) === undefined) return;
  const error = new Error(`EEXIST: file already exists, rename '${path}'`);
  throw Object.assign(error, { code: "EEXIST", path, syscall: "rename" });
}

/** To another disk it can only be copied. */
function move(source: string, target: string): void {
  try {
    renameSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    removeTree(source);
  }
}
