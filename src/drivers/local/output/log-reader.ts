import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

const pieceBytes = 1024 * 1024;

/** Reads what is appended to a log that is put aside and begun anew when it is long. Close it. */
export class LogReader {
  #file: number | undefined;
  #position: number;

  /** Reads from where the newest file ends now. */
  constructor(paths: readonly string[]) {
    this.#open(paths.at(-1));
    this.#position = this.#file === undefined ? 0 : fstatSync(this.#file).size;
  }

  /** Length of the newest file up to which it has been read. */
  get position(): number {
    return this.#position;
  }

  /** What has come since; the rest of the file that was put aside comes first. */
  next(paths: readonly string[]): Buffer {
    const bytes = this.#read();
    const newest = paths.at(-1);
    if (bytes.length > 0 || newest === undefined || this.#isOf(newest)) return bytes;
    this.close();
    this.#open(newest);
    this.#position = 0;
    return this.#read();
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(path: string | undefined): void {
    if (path !== undefined) this.#file = openSync(path, "r");
  }

  #isOf(path: string): boolean {
    if (this.#file === undefined) return false;
    const now = statSync(path, { throwIfNoEntry: false });
    const own = fstatSync(this.#file);
    return now === undefined || (now.ino === own.ino && now.dev === own.dev);
  }

  #read(): Buffer {
    if (this.#file === undefined) return Buffer.alloc(0);
    const { size } = fstatSync(this.#file);
    // It was cut and begins anew.
    if (size < this.#position) this.#position = 0;
    const buffer = Buffer.alloc(Math.min(size - this.#position, pieceBytes));
    const length = readSync(this.#file, buffer, 0, buffer.length, this.#position);
    this.#position += length;
    return buffer.subarray(0, length);
  }
}
