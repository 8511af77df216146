import { relative, sep } from "node:path";

/** An expected outcome: a value, or everything that stood against it. A throw is a bug. */
export type Result<T> = Ok<T> | Failed;

/** It went well. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

/** It did not. */
export interface Failed {
  readonly ok: false;
  /** Never empty, in a deterministic order. */
  readonly failures: readonly SopsFailure[];
}

/** What can go wrong, for programs; a code keeps its meaning. */
export type SopsCode =
  /** Not a SOPS file, or a damaged or too large one. */
  | "file-invalid"
  /** A file cannot hold what was to be put into it. */
  | "change-impossible"
  /** A file cannot be written for its recipients. */
  | "recipients-impossible"
  /** Something stands in plain text that must be encrypted. */
  | "value-exposed"
  /** A value is not as it was encrypted, or stands elsewhere. */
  | "value-tampered"
  /** The MAC is not that of the values. */
  | "mac-wrong"
  | "unsigned"
  /** The file is not as somebody signed it who may. */
  | "signature-wrong"
  /** No key that was given opens a file. */
  | "no-key"
  /** No key was found where keys are, or none that fits. */
  | "no-identity"
  /** What should hold keys cannot be used. */
  | "keys-unusable"
  /** Others on the machine can read a key. */
  | "keys-exposed"
  /** No key of somebody who may sign. */
  | "no-signing-key"
  | "recipient-invalid"
  /** A private key stands where a public one belongs. */
  | "private-key"
  /** `.sops.yaml` is not as it must be, or cannot be read. */
  | "policy-invalid"
  /** `.sops.yaml` has no rule for a file. */
  | "no-rule"
  /** `.sops.yaml` cannot be edited safely. */
  | "policy-edit"
  /** The list of those who may sign is not as it must be. */
  | "signers-invalid";

/**
 * Something that went wrong and was expected to be able to. What happened, why, and how to mend it are separate. No
 * field ever holds a value of a file or a private key.
 */
export interface SopsFailure {
  readonly code: SopsCode;
  /** What happened, in one sentence without a final stop. */
  readonly message: string;
  /** The file that it is about, as the caller named it. */
  readonly file?: string;
  readonly location?: Location;
  /** Why; may have several lines. */
  readonly cause?: string;
  readonly hint?: string;
}

/** A place in a file. Lines and columns start at 1; columns count UTF-16 code units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text of the line. */
  readonly source?: string;
}

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function failed(...failures: readonly SopsFailure[]): Failed {
  return { ok: false, failures };
}

/** A failure of a secrets file. */
export function fileFailed(
  code: SopsCode,
  file: string,
  message: string,
  more: { readonly cause?: string; readonly hint?: string; readonly line?: number; readonly column?: number } = {},
): Failed {
  const { line, column = 1, ...rest } = more;
  return failed({ code, message, file, ...(line !== undefined && { location: { file, line, column } }), ...rest });
}

/** A key path for people: `database.hosts[0]`. */
export function showPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((shown, step) => {
    if (typeof step === "number") return `${shown}[${step}]`;
    return shown === "" ? step : `${shown}.${step}`;
  }, "");
}

/** A file as seen from a folder, with `/` on every system: for what is compared, matched or committed. */
export function relativePath(folder: string, file: string): string {
  return relative(folder, file).replaceAll(sep, "/");
}
