import { resolve } from "node:path";
import type { ConfinementLevel } from "../../definition/types.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { ok } from "../../errors/result.ts";
import type { Event } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { RunResult } from "../../run/run.ts";
import { type Audited, auditLines } from "../cache/audit-lines.ts";
import type { Context } from "../context.ts";
import { openPipeline } from "../open-pipeline.ts";
import type { OpenProject } from "../open-project.ts";
import { callPipeline, type PipelineCall } from "../pipeline-call.ts";
import { createRenderer } from "../render/create.ts";
import { reportFailures } from "../report-failures.ts";
import { reportRun } from "./report-run.ts";
import { isPlainCall, madeBy } from "./run-as-before.ts";
import { writeRunJunit } from "./run-junit.ts";
import type { RunCall } from "./run-options.ts";
import { whatFailed } from "./what-failed.ts";

/** Runs what a call of `run` asks for. */
export async function runTasks(context: Context, { arguments: tasks, options }: RunCall): Promise<ExitCode> {
  const { concurrency, force, audit, explain } = options;
  const confine = options.confine as ConfinementLevel | undefined;
  const { affected, since } = options;
  const filters = options.filter?.split("\n") ?? [];
  const call = { tasks, filters, affected, since, concurrency, force, confine, audit, replay: options.replay };
  if (options.watch) {
    const { cannotWatch, watchPipeline } = await import("../watch/watch-pipeline.ts");
    const wrong = cannotWatch(options);
    if (wrong.length > 0) return reportFailures(context, wrong);
    return watchPipeline(context, { ...call, explain }, (result) => reportRun(context, result));
  }
  const opened = await openPipeline(context);
  if (!opened.ok) return reportFailures(context, opened.failures);
  const renderer = createRenderer(context, { explain });
  const audited: Audited[] = [];
  const emit = (event: Event) => {
    if (event.type === "taskAudited") audited.push(event);
    renderer.emit(event);
  };
  try {
    const again = options.failed ? whatFailed(context, opened.value, tasks) : ok<Partial<PipelineCall>>({});
    if (!again.ok) return reportFailures(context, again.failures);
    if (again.value === undefined) return exitCodes.done;
    const result = await callPipeline(
      context,
      opened.value,
      { ...renderer, emit },
      {
        ...call,
        ...again.value,
        ...(isPlainCall({ arguments: tasks, options }, context) && standingOf(opened.value)),
      },
    );
    renderer.close();
    const unwritten =
      result.ok && options.junit !== undefined
        ? writeJunit(context, opened.value.project.name, options.junit, result.value)
        : [];
    const unwrittenExit = unwritten.length > 0 ? reportFailures(context, unwritten) : exitCodes.done;
    if (!context.json) for (const each of audited) context.stdout.write(`${auditLines(each).join("\n")}\n`);
    return result.ok ? reportRun(context, result.value) || unwrittenExit : reportFailures(context, result.failures);
  } finally {
    renderer.close();
  }
}

/** Asked for only where it can be told what the definition depends on. */
function standingOf({ sources, file }: OpenProject): Pick<PipelineCall, "standing"> {
  if (sources === undefined) return {};
  return { standing: { sources, definition: file, madeBy: madeBy(), since: performance.timeOrigin } };
}

/** A file that cannot be written does not change how the run went. */
function writeJunit(context: Context, project: string, file: string, result: RunResult): Failure[] {
  const path = resolve(context.cwd, file);
  try {
    writeRunJunit(path, project, result);
    return [];
  } catch (error) {
    const failure = fileFailure(error, path);
    return [failure ?? { code: "not-writable", message: `Cannot write ${path}`, cause: (error as Error).message }];
  }
}
