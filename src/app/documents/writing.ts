import { join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { prepareStateFolder } from "../../files/state-folder.ts";
import { finishWriting, writeTogether } from "../../files/write-together.ts";
import { waitForProcessLock } from "../../process/process-lock.ts";
import type { Session } from "../session.ts";

/** How long a call waits for another one: that one is done by then, unless it hangs. */
export const patienceMs = 60_000;

/** What a call would write, and what it said besides. */
export interface Prepared<T> {
  /** By absolute path. */
  readonly files: ReadonlyMap<string, string>;
  readonly value: T;
}

/**
 * Writes documents, all or none: one call at a time (others wait), after what an interrupted one left was finished. `watched`: the
 * files that `prepare` reads. One that somebody changes while it is at work is not written over: it is prepared again from what
 * is there then. Fails with `documents-busy` when another call does not come to its end, or files do not stay as they are, and as
 * `finishWriting` and `prepare` do; nothing is written then.
 */
export function whileWriting<T>(
  { checkoutFolder }: Pick<Session, "checkoutFolder">,
  prepare: (watched: Watch) => Promise<Result<Prepared<T>>>,
  limitMs = patienceMs,
): Promise<Result<T>> {
  return guardDisk(async () => {
    prepareStateFolder(checkoutFolder);
    const lock = await waitForProcessLock(join(checkoutFolder, "documents.lock"), limitMs);
    if (lock === undefined) return failed(underWay);
    try {
      const finished = finishWriting(checkoutFolder);
      return finished.ok ? await writeUnchanged(checkoutFolder, prepare) : finished;
    } finally {
      lock.release();
    }
  });
}

const attempts = 3;

async function writeUnchanged<T>(
  stateFolder: string,
  prepare: (watched: Watch) => Promise<Result<Prepared<T>>>,
): Promise<Result<T>> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const watched = new Watch();
    const prepared = await prepare(watched);
    if (!prepared.ok) return prepared;
    if (watched.changed().length > 0) continue;
    writeTogether(stateFolder, prepared.value.files);
    return ok(prepared.value.value);
  }
  return failed(neverStill);
}

/** Files as they were when they were read first. */
export class Watch {
  readonly #seen = new Map<string, Buffer | undefined>();

  /** `undefined`: it is not there. */
  read(path: string): Buffer | undefined {
    const bytes = look(path);
    if (!this.#seen.has(path)) this.#seen.set(path, bytes);
    return bytes;
  }

  /** The same as text, whatever the bytes are. */
  text(path: string): string | undefined {
    return this.read(path)?.toString("utf8");
  }

  /** Those that are otherwise now. */
  changed(): string[] {
    return [...this.#seen].filter(([path, bytes]) => !isSame(bytes, look(path))).map(([path]) => path);
  }
}

function look(path: string): Buffer | undefined {
  const bytes = readIfThere(path, { forgive: ["ENOENT", "ENOTDIR", "EISDIR"] });
  return bytes === undefined ? undefined : Buffer.from(bytes);
}

function isSame(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}

const underWay: Failure = {
  code: "documents-busy",
  message: "Another command is writing the documents of this project, and has not finished",
  hint: "Run the command again when it is done.",
};

const neverStill: Failure = {
  code: "documents-busy",
  message: "Something else keeps changing the files: nothing was written",
  hint: "Run the command again when they no longer change.",
};
