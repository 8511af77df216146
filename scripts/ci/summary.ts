export interface Step {
  readonly name: string;
  readonly passed: boolean;
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of Vitest's JSON report that counts. */
interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

/**
 * Tests and demos together. `check` runs the tests: it counts by itself only when it failed for something else
 * (format, lint, types, a test file that cannot be loaded). A report that is missing is a failure.
 */
export function summarise(report: unknown, steps: readonly Step[]): Summary {
  const tests = isReport(report) ? report : undefined;
  const demos = steps.filter((step) => step.name !== "check");
  const checkFailed = steps.some((step) => step.name === "check" && !step.passed);
  const failedTests = tests === undefined ? 1 : tests.numFailedTests;
  const failedOtherwise = failedTests === 0 && (checkFailed || tests?.success === false) ? 1 : 0;
  return {
    passed: (tests?.numPassedTests ?? 0) + demos.filter((step) => step.passed).length,
    failed: failedTests + failedOtherwise + demos.filter((step) => !step.passed).length,
    skipped: tests?.numPendingTests ?? 0,
  };
}

function isReport(value: unknown): value is TestReport {
  return typeof value === "object" && value !== null && "numPassedTests" in value && "numFailedTests" in value;
}
