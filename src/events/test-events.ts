/** Failed tests are in one of `failed` and `quarantined`. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Of the passed ones, those that failed before in the same run. Absent when there were none. */
  readonly flaky?: number;
  /** Those that failed and whose quarantine holds. Absent when there were none. */
  readonly quarantined?: number;
}

export interface FailingTest {
  /** Suites and test, as far as the report names them. */
  readonly name: string;
  /** Empty when the report does not say. */
  readonly message: string;
  /** Relative to the project when it is in it. */
  readonly file?: string;
  readonly line?: number;
}

/** How much of something was reached by tests. */
export interface Covered {
  readonly covered: number;
  readonly total: number;
}

export interface CoverageFigures {
  readonly lines: Covered;
  readonly branches: Covered;
  readonly functions: Covered;
}

/** A test or a pattern of tests in quarantine, and who is responsible for it. */
export interface HeldTest {
  readonly test: string;
  readonly owner: string;
  readonly until: string;
}

/** What is to be said of a task's quarantine. */
export interface QuarantineNotes {
  /** Tests that failed without it counting. */
  readonly held: readonly HeldTest[];
  /** Entries that hold no longer. */
  readonly expired: readonly HeldTest[];
  /** Entries that can be taken out: they mean no test, or their tests have passed many times and never failed. */
  readonly unneeded: readonly (HeldTest & { readonly because: "noSuchTest" | "passes" })[];
}

/** What failed in a run, short enough to be read whole: at most 40 lines when each text is one. */
export interface RunDigest {
  readonly failures: readonly DigestedFailure[];
  /** Failures that are not in here. */
  readonly left: number;
}

export interface DigestedFailure {
  readonly task: string;
  /** A failure's code. */
  readonly code: string;
  readonly message: string;
  readonly tests: readonly FailingTest[];
  /** Failing tests that are not in here. */
  readonly testsLeft: number;
  /** The last lines of its output that say something, or what else is known of the cause. */
  readonly lines: readonly string[];
  /** How to mend it, when that is known. */
  readonly hint?: string;
  /** The command that shows all that it wrote; absent when it wrote nothing. */
  readonly log?: string;
}
