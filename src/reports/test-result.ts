/** One test, as a report tells of it. */
export interface TestResult {
  /** Suites and test, as far as the report names them: the test's identity together with `file`. */
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  /** It failed and then passed, within what the report tells of. */
  readonly flaky: boolean;
  /** Milliseconds; absent when the report does not say. */
  readonly durationMs?: number;
  /** The test's file, as the report declares it. */
  readonly file?: string;
  /** Where it failed, as far as the report lets it be known. */
  readonly place?: Place;
  /** Why it failed, or was skipped: one line or several. Empty when the report does not say. */
  readonly message: string;
}

export interface Place {
  readonly file: string;
  readonly line?: number;
}

/** What a reader found besides the tests. */
export interface ReadTests {
  /**
   * How many failures the report says that there are, and does not tell of: then its tests explain no failed command, and
   * prove no success.
   */
  readonly untoldFailures: number;
}

export type TakeTest = (test: TestResult) => void;

/** How much of a failure's text is looked at. */
export const longestText = 8000;
/** How much of a failure's message is kept. */
export const longestMessage = 2000;
