import type { ExitCode } from "../../errors/exit-code.ts";
import { exitOf } from "../../errors/exit-of.ts";
import type { Failure } from "../../errors/failure.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { digestRun } from "../../run/record/run-digest.ts";
import type { RunResult } from "../../run/run.ts";
import type { TaskRun } from "../../run/task-run.ts";
import type { Context } from "../context.ts";
import { renderDigest } from "./digest.ts";
import { reportFailures } from "./report-failures.ts";

/** What failed, below the table: for people the digest, as JSON each failure whole. The exit code says the same. */
export function reportRun(context: Context, { outcome, tasks, troubles }: RunResult): ExitCode {
  const failures = Object.entries(tasks).flatMap(failuresOf);
  const others = [...troubles];
  if (outcome === "cancelled") {
    others.push({ code: "interrupted", message: "The run was interrupted; none of its tasks is left running" });
  }
  if (context.json) reportFailures(context, failures);
  else showFailed(context, tasks);
  if (others.length > 0) reportFailures(context, others);
  return exitOf([...failures, ...others]);
}

/** A digest of what went wrong in tasks; what is wrong with the definition is shown with its place. */
function showFailed(context: Context, tasks: RunResult["tasks"]): void {
  const isLocated = ([, { failures }]: readonly [string, TaskRun]) => failures.some(({ location }) => location);
  const [located, others] = [true, false].map((wanted) =>
    Object.entries(tasks).filter((each) => isLocated(each) === wanted),
  ) as [[string, TaskRun][], [string, TaskRun][]];
  if (others.some(([, { failures }]) => failures.length > 0))
    context.stderr.write(renderDigest(digestRun(Object.fromEntries(others)), context.stderr.color));
  if (located.length > 0) reportFailures(context, oncePerCause(located.flatMap(failuresOf)));
}

/** What went wrong once for many tasks (a git that does not answer) is told once, with the first of them. */
function oncePerCause(failures: readonly Failure[]): Failure[] {
  const keyOf = (failure: Failure) =>
    failure.cause === undefined ? failure : JSON.stringify([failure.code, failure.cause, failure.hint]);
  return [...Map.groupBy(failures, keyOf).values()].map(([first, ...same]) => {
    const others = same.length === 0 ? "" : `, and ${same.length} more for the same reason`;
    return { ...first!, message: `${first!.message}${others}` };
  });
}

/** A task's failures; where the task says nothing of how to go on, its output is the place to look. */
function failuresOf([name, { failures, record }]: readonly [string, TaskRun]): Failure[] {
  const hint = `See all of its output: tidegate logs ${shellWord(name)}`;
  return failures.map((failure) => (record.log === undefined ? failure : { hint, ...failure }));
}
