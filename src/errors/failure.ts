import type { FailureCode } from "./codes.ts";

/**
 * Something that went wrong and was expected to be able to. What happened, why, and how to mend it are
 * separate fields; renderers choose the layout. No field ever contains a secret's value.
 */
export interface Failure {
  /** Stable, documented in docs/errors.md; decides the exit code. */
  readonly code: FailureCode;
  /** What happened, in one sentence without a final stop. */
  readonly message: string;
  /** Where, when it is in a file of the user's. */
  readonly location?: Location;
  /** Why: the underlying error, or the evidence (last output, health answers). May have several lines. */
  readonly cause?: string;
  /** For programs: each thing that is otherwise than it should be, which `cause` may tell only the first of. */
  readonly differences?: readonly Difference[];
  /** How to mend it; contains the exact command or edit. */
  readonly hint?: string;
}

/** What stood at a key before, and what does now; absent: nothing. Neither: only the order is another. */
export interface Difference {
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A place in a file. Lines and columns start at 1; columns count UTF-16 code units, as editors do. */
export interface Location {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters to underline; 1 when unknown. */
  readonly length?: number;
  /** The text of the line, without its line ending. */
  readonly source?: string;
}
