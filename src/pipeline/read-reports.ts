import type { TestCounts } from "../events/event.ts";
import type { FoundOutput } from "./list-outputs.ts";
import type { FailingTest, readJunit } from "./reports/junit.ts";

export interface Reports {
  /** Of all reports together; absent when there are none. */
  readonly tests?: TestCounts;
  readonly failing: readonly FailingTest[];
  readonly invalid: readonly { readonly path: string; readonly because: string }[];
}

/** Reads the reports among what a task wrote. The reader comes from the caller, who loads it only when it is needed. */
export function readReports(projectFolder: string, found: readonly FoundOutput[], read: typeof readJunit): Reports {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failing: FailingTest[] = [];
  const invalid: { path: string; because: string }[] = [];
  const files = found.filter(({ kind }) => kind === "file");
  for (const { path } of files) {
    const result = read(`${projectFolder}/${path}`);
    if (!result.ok) invalid.push({ path, because: result.because });
    else {
      counts.passed += result.report.counts.passed;
      counts.failed += result.report.counts.failed;
      counts.skipped += result.report.counts.skipped;
      failing.push(...result.report.failing);
    }
  }
  return { ...(files.length > invalid.length && { tests: counts }), failing, invalid };
}
