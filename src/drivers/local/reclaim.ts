import { execFile } from "node:child_process";
import { emptyIfRead } from "./spool.ts";
import { readNote, writeNote } from "./spool-note.ts";

/** Space is given back in portions: each one costs a process. */
const portionBytes = 4 * 1024 * 1024;
/** Where only cutting is left, it is done seldom. */
const cutFromBytes = 16 * 1024 * 1024;

/**
 * Gives back the space of what was read of spools, while their processes write on. They write at the end, wherever that
 * is, so a hole where the read part was loses nothing, whatever is written meanwhile. Node cannot make holes;
 * `fallocate` of util-linux can. Where it is missing (macOS) or the file system has no holes, a spool is cut when it is
 * large and everything in it is read: what is written in the microseconds between the two is lost then.
 */
export class Reclaimer {
  /** How far each spool is a hole. */
  readonly #holes = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #tool: string;
  #canMakeHoles: boolean;

  constructor(tool = "fallocate", platform: NodeJS.Platform = process.platform) {
    this.#tool = tool;
    this.#canMakeHoles = platform === "linux";
  }

  /** Call it when the note says that everything before `read` is taken over. */
  reclaim(spool: string, folder: string, read: number): void {
    if (this.#busy.has(spool)) return;
    const hole = Math.min(this.#holes.get(spool) ?? 0, read);
    if (this.#canMakeHoles) {
      if (read - hole >= portionBytes) this.#makeHole(spool, hole, read);
    } else if (read >= cutFromBytes) cut(spool, folder, read);
  }

  forget(spool: string): void {
    this.#holes.delete(spool);
  }

  #makeHole(spool: string, from: number, until: number): void {
    this.#busy.add(spool);
    const range = ["--offset", String(from), "--length", String(until - from)];
    execFile(this.#tool, ["--punch-hole", ...range, spool], (error) => {
      this.#busy.delete(spool);
      if (error === null) this.#holes.set(spool, until);
      // Unless the spool has gone, the next one would not be made either.
      else if (!/No such file/.test(error.message) || error.code === "ENOENT") this.#canMakeHoles = false;
    }).unref();
  }
}

/** An agent that dies between the two finds a spool that is shorter than noted, and begins at its start. */
function cut(spool: string, folder: string, read: number): void {
  const note = readNote(folder);
  if (note?.read === read && emptyIfRead(spool, read)) writeNote(folder, { ...note, read: 0 });
}
