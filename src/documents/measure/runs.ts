import type { RunRecord, TaskRecord } from "../../cache/runs/run-record.ts";
import { dayOf } from "../../errors/quantities.ts";
import type { Covered } from "../../events/event.ts";
import type { MeasuredFacts, MeasuredTask } from "../facts/measured.ts";
import { measureOf, shareOf } from "./figures.ts";

/** One task in one run. */
interface Seen {
  readonly at: number;
  readonly task: TaskRecord;
}

/** What the records of runs say of whole runs, and of these tasks. The order of the records does not matter. */
export function measureRuns(
  records: readonly RunRecord[],
  tasks: readonly string[],
): Pick<MeasuredFacts, "runs" | "tasks"> {
  const runs = [...records].sort((a, b) => a.startedAt - b.startedAt || Number(a.run) - Number(b.run));
  return {
    ...wholeRuns(runs),
    tasks: tasks.flatMap((name) => {
      const seen = runs.flatMap((run) =>
        run.tasks[name] === undefined ? [] : [{ at: run.startedAt, task: run.tasks[name] }],
      );
      return seen.length === 0 ? [] : [measureTask(name, seen)];
    }),
  };
}

function wholeRuns(runs: readonly RunRecord[]): Pick<MeasuredFacts, "runs"> {
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return {};
  const timed = (outcome: RunRecord["outcome"]) =>
    runs.flatMap((run) =>
      run.outcome === outcome && run.durationMs !== undefined ? [{ value: run.durationMs, at: run.startedAt }] : [],
    );
  const failed = timed("failed");
  return {
    runs: {
      count: runs.length,
      from: dayOf(first.startedAt),
      to: dayOf(last.startedAt),
      failed: failed.length,
      ...measureOf("medianMs", timed("succeeded"), 0.5),
      ...measureOf("failedMs", failed, 0.5),
      lastOutcome: last.outcome ?? "unfinished",
    },
  };
}

function measureTask(name: string, seen: readonly Seen[]): MeasuredTask {
  const executed = seen.flatMap(({ at, task: { result } }) =>
    result.result === "succeeded" || result.result === "failed"
      ? [{ at, value: result.durationMs, isFailed: result.result === "failed" }]
      : [],
  );
  const succeeded = executed.filter(({ isFailed }) => !isFailed);
  const hits = seen.filter(({ task }) => task.result.result === "hit").map(({ at }) => ({ at, value: 1 }));
  return {
    name,
    ...measureOf("median", succeeded, 0.5),
    ...measureOf("p90", succeeded, 0.9),
    ...shareOf("hitRate", [...hits, ...executed], hits.length),
    ...shareOf("failureRate", executed, executed.length - succeeded.length),
    ...lastOf(seen),
    ...reportsOf(seen),
    ...reproducedOf(seen),
  };
}

function lastOf(seen: readonly Seen[]): Pick<MeasuredTask, "last"> {
  const outcomes = { hit: "succeeded", succeeded: "succeeded", failed: "failed", cancelled: "cancelled" } as const;
  const last = seen.findLast(({ task: { result } }) => result.result in outcomes);
  if (last === undefined) return {};
  const { result } = last.task.result;
  return result in outcomes ? { last: { outcome: outcomes[result as keyof typeof outcomes], at: dayOf(last.at) } } : {};
}

function reportsOf(seen: readonly Seen[]): Pick<MeasuredTask, "tests" | "coverage"> {
  const tested = seen.findLast(({ task }) => task.tests !== undefined);
  const covered = seen.findLast(({ task }) => task.coverage !== undefined)?.task.coverage;
  const part = ({ covered, total }: Covered) => (total === 0 ? 1 : Math.floor((covered / total) * 1000) / 1000);
  const tests = tested?.task.tests;
  return {
    ...(covered && {
      coverage: { lines: part(covered.lines), branches: part(covered.branches), functions: part(covered.functions) },
    }),
    ...(tested &&
      tests && { tests: { passed: tests.passed, failed: tests.failed, skipped: tests.skipped, at: dayOf(tested.at) } }),
  };
}

/** Executions whose fingerprint was executed before are compared with the execution before them. */
function reproducedOf(seen: readonly Seen[]): Pick<MeasuredTask, "reproduced"> {
  const executed = seen.filter(({ task }) => task.result.result === "succeeded" && task.fingerprint && task.outputs);
  const groups = [...Map.groupBy(executed, ({ task }) => task.fingerprint).values()];
  const pairs = groups.flatMap((group) => group.slice(1).map((one, index) => ({ one, before: group[index]! })));
  const last = Math.max(...pairs.map(({ one }) => one.at));
  if (pairs.length === 0) return {};
  const equal = pairs.filter(({ one, before }) => one.task.outputs === before.task.outputs).length;
  return { reproduced: { compared: pairs.length, equal, at: dayOf(last) } };
}
