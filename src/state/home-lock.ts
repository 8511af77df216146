import { join } from "node:path";
import { failed, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { fileFailure } from "../files/file-failure.ts";
import { makeFolder } from "../files/make-folder.ts";
import { waitForProcessLock } from "../process/process-lock.ts";

const lockMs = 10_000;

/** One command at a time decides what belongs to whom. */
export async function withHomeLock<T>(home: string, work: () => Result<T>): Promise<Result<T>> {
  try {
    makeFolder(home);
  } catch (error) {
    const failure = fileFailure(error, home);
    if (failure === undefined) throw error;
    return failed({
      ...failure,
      hint: "Make it writable for this user, or keep the state elsewhere: TIDEGATE_STATE=<folder>",
    });
  }
  return withLock(join(home, "lock"), lockMs, work);
}

/** Does something while nobody else has the lock. Fails with `state-busy` when it is not to be had in time. */
export async function withLock<T>(
  path: string,
  limitMs: number,
  work: () => Result<T> | Promise<Result<T>>,
): Promise<Result<T>> {
  const lock = await waitForProcessLock(path, limitMs);
  if (lock === undefined) return failed(busy(path));
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function busy(path: string) {
  return {
    code: "state-busy",
    message: "Another Tidegate command is using the states on this machine",
    hint: `Wait for it. If there is none: fuser -v ${shellWord(path)}`,
  } as const;
}
