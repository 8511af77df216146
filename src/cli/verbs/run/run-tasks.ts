import { resolve } from "node:path";
import type { Say } from "../../../app/notice.ts";
import { madeByOf, openPipeline } from "../../../app/open-pipeline.ts";
import type { OpenProject } from "../../../app/open-project.ts";
import { callPipeline, type PipelineCall } from "../../../app/run/pipeline-call.ts";
import { writeRunJunit } from "../../../app/run/run-junit.ts";
import { whatFailed } from "../../../app/run/what-failed.ts";
import type { ConfinementLevel } from "../../../definition/types.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { ok } from "../../../errors/result.ts";
import { fileFailure } from "../../../files/file-failure.ts";
import type { RunResult } from "../../../run/run.ts";
import { type Context, portsOf } from "../../context.ts";
import { createRenderer } from "../../render/create.ts";
import { type Audited, auditLines } from "../../render/lines/audit-lines.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { reportRun } from "../../render/report-run.ts";
import { sayTo } from "../../render/with-renderer.ts";
import { isPlainCall } from "./run-as-before.ts";
import type { RunCall } from "./run-options.ts";

/** Runs what a call of `run` asks for. */
export async function runTasks(context: Context, { arguments: tasks, options }: RunCall): Promise<ExitCode> {
  const { concurrency, force, audit, explain } = options;
  const confine = options.confine as ConfinementLevel | undefined;
  const { affected, since } = options;
  const filters = options.filter?.split("\n") ?? [];
  const call = { tasks, filters, affected, since, concurrency, force, confine, audit, replay: options.replay };
  if (options.watch) {
    const { cannotWatch, watchPipeline } = await import("./watch-pipeline.ts");
    const wrong = cannotWatch(options);
    if (wrong.length > 0) return reportFailures(context, wrong);
    return watchPipeline(context, { ...call, explain }, (result) => reportRun(context, result));
  }
  const opened = await openPipeline(context);
  if (!opened.ok) return reportFailures(context, opened.failures);
  const renderer = createRenderer(context, { explain });
  const audited: Audited[] = [];
  const show = sayTo(renderer);
  const say: Say = (said) => {
    if ("type" in said && said.type === "taskAudited") audited.push(said);
    show(said);
  };
  try {
    const again = options.failed ? whatFailed(opened.value, tasks) : ok(undefined);
    if (!again.ok) return reportFailures(context, again.failures);
    if (again.value?.call.tasks.length === 0) {
      if (!context.json) context.stderr.write(`Nothing failed in run ${again.value.run}.\n`);
      return exitCodes.done;
    }
    const result = await callPipeline(portsOf(context), opened.value, say, {
      ...call,
      ...again.value?.call,
      ...(isPlainCall({ arguments: tasks, options }, context) && standingOf(context, opened.value)),
    });
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
function standingOf(context: Context, { sources, file }: OpenProject): Pick<PipelineCall, "standing"> {
  if (sources === undefined) return {};
  return { standing: { sources, definition: file, madeBy: madeByOf(context), since: performance.timeOrigin } };
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
