import type { FailureCode } from "../errors/codes.ts";

/** A problem with the definition's data. Where it stands in the file is found later, and only when it is shown. */
export interface Problem {
  readonly code: FailureCode;
  /**
   * From `defineProject`'s argument: `["environments", "production", "config", "LOG_LEVEL"]`. Items of lists are numbers.
   * A path may go beyond what the file spells out.
   */
  readonly path: readonly (string | number)[];
  /** What is wrong, in one sentence without a final stop. Never contains a secret's value. */
  readonly message: string;
  /** Why: the underlying error. */
  readonly cause?: string;
  /** How to mend it. */
  readonly hint?: string;
  /** What to underline at the path: the value (default), or the key when the key itself is wrong. */
  readonly at?: "key" | "value";
}
