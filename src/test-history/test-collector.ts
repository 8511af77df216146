import type { FailingTest, TestCounts } from "../events/event.ts";
import { projectPath } from "../reports/source-names.ts";
import type { TestResult } from "../reports/test-result.ts";
import type { QuarantineWatch } from "./quarantine.ts";
import type { RecordedTest } from "./recording.ts";
import type { TestFiles } from "./test-files.ts";

export interface CollectorOptions {
  readonly projectFolder: string;
  readonly files: TestFiles;
  readonly quarantine: QuarantineWatch;
  /** Takes every test, for the history. */
  readonly record: (test: RecordedTest) => void;
}

const mostFailing = 50;

/** Counts the tests of an execution as they are read, and keeps the first that fail. */
export class TestCollector {
  readonly #options: CollectorOptions;
  readonly #counts = { passed: 0, failed: 0, skipped: 0, flaky: 0, quarantined: 0 };
  readonly #failing: FailingTest[] = [];
  /** The test files that failures stand in; `undefined` once one cannot be told. */
  #failingFiles: Set<string> | undefined = new Set();

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  take(test: TestResult): void {
    const { files, projectFolder, quarantine, record } = this.#options;
    const file = files.find(test);
    const { name, result, flaky, durationMs } = test;
    const declared = test.file === undefined ? "" : projectPath(projectFolder, test.file);
    record({ name, result, flaky, durationMs, file: file ?? declared });
    const isHeld = quarantine.holds(name, result, flaky);
    this.#counts[isHeld ? "quarantined" : result] += 1;
    if (flaky) this.#counts.flaky += 1;
    if (result === "failed" && !isHeld) this.#fail(test, files.findFailed(test));
  }

  /** `flaky`: how many passed after an earlier attempt in which they failed. */
  counts(flaky: number): TestCounts {
    const { passed, failed, skipped, quarantined } = this.#counts;
    const all = Math.max(flaky, this.#counts.flaky);
    return { passed, failed, skipped, ...(all > 0 && { flaky: all }), ...(quarantined > 0 && { quarantined }) };
  }

  /** The first ones. */
  get failing(): readonly FailingTest[] {
    return this.#failing;
  }

  /** Which of the task's test files have the failures; absent when one of them stands in none. */
  get failingFiles(): readonly string[] | undefined {
    return this.#failingFiles && [...this.#failingFiles].sort();
  }

  #fail(test: TestResult, file: string | undefined): void {
    if (file === undefined) this.#failingFiles = undefined;
    else this.#failingFiles?.add(file);
    if (this.#failing.length >= mostFailing) return;
    const place = test.place ?? (file === undefined ? undefined : { file });
    this.#failing.push({
      name: test.name,
      message: test.message,
      ...(place && { ...place, file: projectPath(this.#options.projectFolder, place.file) }),
    });
  }
}
