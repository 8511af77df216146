import type { Failure } from "../errors/failure.ts";
import type { CoverageFigures, FailingTest, QuarantineNotes, TestCounts } from "../events/event.ts";

/** What a task's reports say of one execution. */
export interface TaskReportsRead {
  /** Of all test reports together; absent when there are none. */
  readonly tests?: TestCounts;
  readonly coverage?: CoverageFigures;
  /** The first tests that failed and count. */
  readonly failing: readonly FailingTest[];
  readonly failingFiles?: readonly string[];
  readonly quarantine?: QuarantineNotes;
  /** Whether tests in quarantine, and nothing else that the reports tell of, made a command fail. */
  readonly isQuarantineAlone: boolean;
  /** Coverage that is not enough. */
  readonly below?: Failure;
  readonly invalid: readonly InvalidReport[];
  /** Reports that say of failures that they do not tell of. */
  readonly untold: readonly UntoldFailures[];
}

export interface UntoldFailures {
  readonly path: string;
  readonly failures: number;
}

export interface InvalidReport {
  readonly path: string;
  readonly because: string;
}

export const noReports: TaskReportsRead = { failing: [], isQuarantineAlone: false, invalid: [], untold: [] };
