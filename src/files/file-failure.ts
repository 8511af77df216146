import type { FailureCode } from "../errors/codes.ts";
import type { Failure } from "../errors/failure.ts";

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

const codes: Readonly<Record<string, FailureCode>> = {
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EROFS: "not-writable",
  EACCES: "not-writable",
  EPERM: "not-writable",
};

const hints: Partial<Record<FailureCode, string>> = {
  "no-space": "Free some space there, then run the command again: nothing half-written was kept.",
  "not-writable": "Make the folder writable for this user, or run from a copy that is.",
};

/**
 * What a failed write means to the user, or `undefined` when the error is not one of the disk's: then it is a bug and
 * belongs thrown. SQLite's "database or disk is full" and "readonly database" count as the disk's.
 */
export function fileFailure(error: unknown, path?: string): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codes[(error as SystemError).code] ?? sqliteCode(error);
  if (code === undefined) return undefined;
  const where = path ?? (error as SystemError).path ?? "the disk";
  const message = code === "no-space" ? `No space left to write ${where}` : `Cannot write ${where}`;
  return { code, message, cause: error.message, hint: hints[code]! };
}

function sqliteCode(error: Error): FailureCode | undefined {
  if (/database or disk is full/.test(error.message)) return "no-space";
  if (/readonly database|unable to open database/.test(error.message)) return "not-writable";
  return undefined;
}
