import { rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { PrivateFile } from "../driver.ts";
import type { ProcessName } from "./home.ts";

type Files = Readonly<Record<string, PrivateFile>>;

/** Files that processes are given besides their environment: in a private folder that is no part of the state. */
export class PrivateFiles {
  readonly #folder: string | undefined;

  /** Without a folder no process can be given files. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /**
   * Writes the files of a process, over those of an earlier start; where they are, by variable.
   *
   * @throws the system's error when the disk refuses.
   */
  place(name: ProcessName, files: Files = {}): Record<string, string> {
    const folder = this.#folderOf(name);
    const placed = Object.entries(files).map(([variable, { name: file, content }]) => {
      if (folder === undefined) throw new Error("This driver has no folder for private files");
      const path = join(folder, basename(file));
      writeFileAtomic(path, content.reveal(), 0o600);
      return [variable, path];
    });
    return Object.fromEntries(placed);
  }

  /** Removes the files of a process that has ended; there may be none. A disk that refuses is none of its business. */
  remove(name: ProcessName): void {
    const folder = this.#folderOf(name);
    if (folder === undefined) return;
    try {
      rmSync(folder, { recursive: true, force: true });
      this.#removeEmpty(dirname(folder));
    } catch {
      // They are overwritten by the next start, and gone with the machine's next.
    }
  }

  #removeEmpty(folder: string): void {
    if (folder === dirname(this.#folder!)) return;
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
    this.#removeEmpty(dirname(folder));
  }

  #folderOf({ kind, environment, id }: ProcessName): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, kind, environment, id);
  }
}
