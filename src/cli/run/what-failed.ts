import { readRun } from "../../cache/runs/run-record.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { failedLast } from "../../run/plan/failed-last.ts";
import type { Context } from "../context.ts";
import type { OpenProject } from "../open-project.ts";
import type { PipelineCall } from "../pipeline-call.ts";

/**
 * What is to be run of a pipeline after `--failed`: what failed in the last run. `undefined`: nothing did, which is said.
 * Fails when there was no run, or when tasks are named too.
 */
export function whatFailed(
  context: Context,
  { stateFolder }: OpenProject,
  named: readonly string[],
): Result<Pick<PipelineCall, "tasks" | "onlyFiles"> | undefined> {
  if (named.length > 0) {
    const message = "--failed means the tasks that failed: no others can be named with it";
    return failed({ code: "bad-arguments", message, hint: "Leave the names out, or --failed." });
  }
  const last = readRun(stateFolder, "last");
  if (!last.ok) return last;
  const { tasks, onlyFiles } = failedLast(last.value);
  if (tasks.length > 0) return ok({ tasks, onlyFiles });
  if (!context.json) context.stderr.write(`Nothing failed in run ${last.value.run}.\n`);
  return ok(undefined);
}
