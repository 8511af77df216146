import type { FailureCode } from "../errors/codes.ts";
import type { Failure } from "../errors/failure.ts";

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
  readonly syscall?: string;
}

const codes: Readonly<Record<string, FailureCode>> = {
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EROFS: "not-writable",
  EACCES: "not-writable",
  EPERM: "not-writable",
  EMFILE: "too-many-files",
  ENFILE: "too-many-files",
};

/** Calls that change nothing: what they are refused is not the writing. */
const lookingCalls = /^(open|read|scandir|opendir|readlink|access|l?stat)/;

const hints: Partial<Record<FailureCode, string>> = {
  "no-space": "Free some space there, then run the command again. No half-written file was kept.",
  "too-many-files": "Allow it to open more: `ulimit -n 1024`, then run the command again.",
  "not-writable": "Make the folder writable for this user, or work in a copy that is.",
};

/**
 * What a failed write means to the user, or `undefined` when the error is not one of the disk's: then it is a bug and
 * belongs thrown. SQLite's "database or disk is full" and "readonly database" count as the disk's.
 */
export function fileFailure(error: unknown, path?: string): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codes[(error as SystemError).code] ?? sqliteCode(error);
  if (code === undefined) return undefined;
  return { code, message: sentence(code, error as SystemError, path), cause: error.message, hint: hints[code]! };
}

function sentence(code: FailureCode, { path: own, syscall = "" }: SystemError, path = own): string {
  if (code === "too-many-files") return "No more files can be opened: this process, or the machine, has too many open";
  if (code === "no-space") return path === undefined ? "No space left on the disk" : `No space left to write ${path}`;
  return `Cannot ${lookingCalls.test(syscall) && path !== undefined ? "open" : "write"} ${path ?? "the disk"}`;
}

function sqliteCode(error: Error): FailureCode | undefined {
  if (/database or disk is full/.test(error.message)) return "no-space";
  if (/readonly database|unable to open database/.test(error.message)) return "not-writable";
  return undefined;
}
