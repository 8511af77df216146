import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { fileFailure } from "../../files/file-failure.ts";

/** Below this SQLite cannot even make the files beside the database. */
const leastBytes = 128 * 1024;

/**
 * What an error of the state's database means to the user, or `undefined` when it is a bug. On a full disk SQLite may
 * say no more than "disk I/O error", so the disk is asked.
 */
export function stateFailure(error: unknown, path: string): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/disk I\/O error/.test(error.message) && isFull(path)) return fileFailure(noSpace(error), path);
  return fileFailure(error, path) ?? damage(error, path);
}

function damage(error: Error, path: string): Failure | undefined {
  if (!/not a database|malformed|disk I\/O error|no such (column|table)/.test(error.message)) return undefined;
  return damaged(path, error.message);
}

export function damaged(path: string, cause: string): Failure {
  return {
    code: "state-damaged",
    message: `The state in ${path} cannot be read`,
    cause,
    hint: [
      "What is running keeps running. Restore a backup: tidegate state restore <file>",
      `Without one, start over from nothing: mv ${shellWord(path)} ${shellWord(`${path}.damaged`)} && tidegate state accept`,
    ].join("\n"),
  };
}

function noSpace(error: Error): Error {
  return Object.assign(new Error(error.message), { code: "ENOSPC" });
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < leastBytes;
  } catch {
    return false;
  }
}
