import type { EncodingName } from "../redaction/forms.ts";
import type { Secret } from "../secret.ts";

/** A secret to look for, and whose it is. */
export interface NamedSecret {
  readonly key: string;
  readonly environment: string;
  readonly secret: Secret;
}

/** Where was looked. */
export type Where = "tree" | "index" | "release" | "history";

/** A secret's value that stands where it must not. Says nothing of the value. */
export interface Finding {
  readonly where: Where;
  /** Relative to the project, or the repository; with every secret in it hidden. Of a commit or tag: its id. */
  readonly path: string;
  /** Where the value begins, counted from 1; absent when it is in the path itself or a link's target. */
  readonly line?: number;
  readonly key: string;
  readonly environment: string;
  readonly encoding: EncodingName;
  /** Whether it is the whole value, one of its lines, or a value inside it. */
  readonly part: "whole" | "line" | "scalar";
  /** How often that is in the same file. */
  readonly times: number;
  /** In history: the object, and the first commit that has it when that is known. */
  readonly object?: string;
  readonly commit?: string;
}

/** What was found, and how much was looked at. */
export interface ScanReport {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly bytes: number;
  /** Paths that are there but could not be read, so that nothing is known of them. */
  readonly unreadable: readonly string[];
}
