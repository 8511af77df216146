import { readRun } from "../../cache/runs/run-record.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { failedLast } from "../../run/plan/failed-last.ts";
import type { OpenProject } from "../open-project.ts";
import type { PipelineCall } from "./pipeline-call.ts";

/** What failed in a run. */
export interface FailedLast {
  readonly run: string;
  readonly call: Required<Pick<PipelineCall, "tasks" | "onlyFiles">>;
}

/**
 * What is to be run to run again what failed in the last run: no tasks when nothing did. Fails when there was no run, or
 * when tasks are named too.
 */
export function whatFailed({ checkoutFolder }: OpenProject, named: readonly string[]): Result<FailedLast> {
  if (named.length > 0) {
    const message = "--failed selects the tasks that failed: it cannot be combined with names of tasks";
    return failed({ code: "bad-arguments", message, hint: "Leave out the names, or leave out --failed." });
  }
  const last = readRun(checkoutFolder, "last");
  if (!last.ok) return last;
  return ok({ run: last.value.run, call: failedLast(last.value) });
}
