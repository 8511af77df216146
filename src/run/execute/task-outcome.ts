import type { TaskResult } from "../../cache/runs/run-record.ts";
import type { SkipReason, TaskOutcome, UnmetCondition } from "../../events/event.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { Skipped } from "./schedule.ts";

/** Whether the run can go on as if nothing had happened, and what needs the task can run. */
export function isFine(result: TaskResult): boolean {
  if (result.result === "hit" || result.result === "succeeded") return true;
  if (result.result === "failed") return result.allowed === true;
  return result.result === "skipped" && ["condition", "needSkipped", "unaffected"].includes(result.because.reason);
}

/** A failure says whether the task was allowed to fail. */
export function withAllowance({ task }: GraphTask, outcome: TaskOutcome): TaskOutcome {
  return outcome.outcome === "failed" && task.allowFailure ? { ...outcome, allowed: true } : outcome;
}

/** Whether it failed, and was allowed to. */
export function isAllowed(outcome: TaskOutcome): boolean {
  return outcome.outcome === "failed" && outcome.allowed === true;
}

/** What is told of a task that the schedule leaves out. */
export function skipReason(skipped: Skipped, unmet: ReadonlyMap<string, readonly UnmetCondition[]>): SkipReason {
  switch (skipped.cause) {
    case "condition":
      return { reason: "condition", unmet: unmet.get(skipped.task) ?? [] };
    case "needFailed":
    case "needSkipped":
      return { reason: skipped.cause, need: skipped.need };
    case "cancelled":
      return { reason: "cancelled" };
  }
}
