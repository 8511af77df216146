import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { identityOf, type ProcessIdentity } from "../process/identity.ts";

interface NoteFile {
  readonly path: string;
  readonly file: number;
}

/**
 * The files that notes of running tasks are in: as many as tasks run at the same time, used again and again, because
 * making and removing a file costs more than all the rest of a note. An empty file notes nothing.
 */
export class NoteFiles {
  readonly #folder: string;
  readonly #run: string;
  readonly #all: NoteFile[] = [];
  readonly #free: NoteFile[] = [];
  #owner: ProcessIdentity | undefined;

  /** Aborted when this process ends without waiting for what runs. */
  readonly leaving: AbortSignal | undefined;

  constructor(runningFolder: string, run: string, leaving?: AbortSignal) {
    this.leaving = leaving;
    this.#folder = runningFolder;
    this.#run = run;
  }

  /** This process. */
  get owner(): ProcessIdentity {
    this.#owner ??= identityOf(process.pid);
    if (this.#owner === undefined) throw new Error("This process cannot find itself among the running processes");
    return this.#owner;
  }

  /** An empty file that nobody else uses. @throws the system's error. */
  take(): NoteFile {
    return this.#free.pop() ?? this.#make();
  }

  /** @throws the system's error. */
  write({ file }: NoteFile, line: string, at: number): number {
    const bytes = Buffer.from(line);
    for (let written = 0; written < bytes.length; )
      written += writeSync(file, bytes, written, bytes.length - written, at + written);
    return at + bytes.length;
  }

  giveBack(note: NoteFile): void {
    ftruncateSync(note.file, 0);
    this.#free.push(note);
  }

  /** Removes the files. Call when nothing runs any more. */
  close(): void {
    for (const { path, file } of this.#all.splice(0)) {
      closeSync(file);
      removeIfThere(path);
    }
    this.#free.length = 0;
  }

  #make(): NoteFile {
    const path = join(this.#folder, `${this.#run}.${this.#all.length}.json`);
    makeFolder(this.#folder);
    const note = { path, file: openSync(path, "w", 0o600) };
    this.#all.push(note);
    return note;
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
