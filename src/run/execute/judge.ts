import type { Failure } from "../../errors/failure.ts";
import type { CoverageFigures, FailingTest, QuarantineNotes, TestCounts } from "../../events/event.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { TaskReportsRead } from "../../reports/task-reports.ts";
import type { CommandEnd } from "../../runner/commands/run-command.ts";
import {
  commandFailure,
  type Evidence,
  failingTests,
  outputMissing,
  reportInvalid,
  untoldFailures,
} from "./task-failures.ts";

/** What an execution comes to, as far as its reports say. */
export interface Findings {
  readonly tests?: TestCounts;
  readonly coverage?: CoverageFigures;
  readonly quarantine?: QuarantineNotes;
  readonly failing?: readonly FailingTest[];
  readonly failingFiles?: readonly string[];
}

export interface Judgement {
  /** Empty for a success. */
  readonly failures: readonly Failure[];
  readonly findings: Findings;
}

/** What test runners end with when tests failed, and nothing worse happened. */
const testsFailedCode = 1;

/**
 * Judges an execution. It is a success only when the command says so, every output was written, and no report says
 * otherwise; or when the command failed as test runners do and its reports, whole and all there, tell of no failure but
 * those of tests in quarantine.
 */
export function judge(
  task: GraphTask,
  end: CommandEnd,
  evidence: Omit<Evidence, "failing">,
  reports: TaskReportsRead,
  missing: readonly Claim[],
): Judgement {
  const { failing, tests } = reports;
  const full = { ...evidence, failing };
  const findings = findingsOf(reports);
  if (end.how !== "exited" || (end.code !== 0 && !isExcused(end.code, reports)))
    return { failures: [commandFailure(task, end, full)], findings };
  const failures = [
    ...missing.map(({ pattern }) => outputMissing(task, pattern.text)),
    ...reports.invalid.map(({ path, because }) => reportInvalid(task, path, because)),
    ...reports.untold.map(({ path, failures }) => untoldFailures(task, path, failures)),
    ...(tests !== undefined && tests.failed > 0 ? [failingTests(task, tests.failed, full)] : []),
    ...(reports.below === undefined ? [] : [reports.below]),
  ];
  return { failures, findings };
}

function isExcused(code: number, { isQuarantineAlone }: TaskReportsRead): boolean {
  return code === testsFailedCode && isQuarantineAlone;
}

function findingsOf({ tests, coverage, quarantine, failing, failingFiles }: TaskReportsRead): Findings {
  return {
    ...(tests && { tests }),
    ...(coverage && { coverage }),
    ...(quarantine && { quarantine }),
    ...(failing.length > 0 && { failing, ...(failingFiles && { failingFiles }) }),
  };
}
