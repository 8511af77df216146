import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../files/make-folder.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { BlobDigest } from "../blob-store.ts";
import { isBlobDigest } from "../digest.ts";

const nameForm = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/**
 * The roots of a folder of blobs: a file each, with a digest a line and `end` behind the last, so that a file that lost
 * its end is not taken for one that keeps less.
 */
export class Roots {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, "roots");
  }

  /** On disk when it returns. @throws the system's error. */
  write(name: string, digests: readonly BlobDigest[]): void {
    makeFolder(this.#folder);
    writeFileAtomic(this.#pathOf(name), `${[...digests, "end"].join("\n")}\n`);
  }

  /** @throws the system's error. */
  remove(name: string): void {
    rmSync(this.#pathOf(name), { force: true });
  }

  /** Everything that roots keep; `undefined` when a root cannot be understood: then nobody knows. @throws the system's error. */
  kept(): ReadonlySet<BlobDigest> | undefined {
    const kept = new Set<BlobDigest>();
    for (const name of this.#names()) {
      const lines = (readTextIfThere(join(this.#folder, name)) ?? "end\n").trimEnd().split("\n");
      if (lines.pop() !== "end" || !lines.every(isBlobDigest)) return undefined;
      for (const digest of lines) kept.add(digest as BlobDigest);
    }
    return kept;
  }

  /** What is being written beside a root is none yet. */
  #names(): string[] {
    try {
      return readdirSync(this.#folder).filter((name) => nameForm.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  #pathOf(name: string): string {
    if (!nameForm.test(name)) throw new Error(`${JSON.stringify(name)} cannot be the name of a root`);
    return join(this.#folder, name);
  }
}
