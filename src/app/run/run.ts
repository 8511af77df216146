import { resolve } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { RunResult } from "../../run/run.ts";
import type { Say } from "../notice.ts";
import { madeByOf, openPipeline } from "../open-pipeline.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { callPipeline, type PipelineCall } from "./pipeline-call.ts";
import { isPlain, type RunRequest } from "./request.ts";
import { writeRunJunit } from "./run-junit.ts";
import { whatFailed } from "./what-failed.ts";

export type { RunResult };

export type RunOutcome =
  /** What failed in the last run was to be run again, and nothing did in that one. */
  | { readonly ran: "nothing"; readonly last: string }
  /** `unwritten`: why there is no report, which changes nothing of the result. */
  | { readonly ran: "tasks"; readonly result: RunResult; readonly unwritten: readonly Failure[] };

/** Runs the pipeline, or what was asked of it. Fails when it cannot begin; a task that fails is part of the outcome. */
export async function run(ports: Ports, request: RunRequest, say: Say): Promise<Result<RunOutcome>> {
  const opened = await openPipeline(ports);
  if (!opened.ok) return opened;
  const { junit, failed: again, ...call } = request;
  const last = again ? whatFailed(opened.value, request.tasks) : ok(undefined);
  if (!last.ok) return last;
  if (last.value?.call.tasks.length === 0) return ok({ ran: "nothing", last: last.value.run });
  const result = await callPipeline(ports, opened.value, say, {
    ...call,
    ...last.value?.call,
    ...(isPlain(request, ports) && standingOf(ports, opened.value)),
  });
  if (!result.ok) return result;
  const unwritten = junit === undefined ? [] : writeJunit(ports, opened.value.project.name, junit, result.value);
  return ok({ ran: "tasks", result: result.value, unwritten });
}

/** Asked for only where it can be told what the definition depends on. */
function standingOf(ports: Ports, { sources, file }: OpenProject): Pick<PipelineCall, "standing"> {
  if (sources === undefined) return {};
  return { standing: { sources, definition: file, madeBy: madeByOf(ports), since: performance.timeOrigin } };
}

/** A file that cannot be written does not change how the run went. */
function writeJunit({ cwd }: Ports, project: string, file: string, result: RunResult): Failure[] {
  const path = resolve(cwd, file);
  try {
    writeRunJunit(path, project, result);
    return [];
  } catch (error) {
    const failure = fileFailure(error, path);
    return [failure ?? { code: "not-writable", message: `Cannot write ${path}`, cause: (error as Error).message }];
  }
}
