import { closeSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../files/make-folder.ts";

/**
 * The whole output of a task, byte for byte, in a private file. When it cannot be written any more the task goes on, and
 * `error` says so: then the log is not whole.
 */
export class TaskLog {
  readonly path: string;
  readonly #file: number;
  error: unknown;

  /** @throws the system's error. */
  constructor(path: string) {
    this.path = path;
    makeFolder(dirname(path));
    this.#file = openSync(path, "w", 0o600);
  }

  write(bytes: Uint8Array): void {
    if (this.error !== undefined) return;
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    } catch (error) {
      this.error = error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
