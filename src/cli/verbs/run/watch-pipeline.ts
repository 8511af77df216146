import type { PipelineCall } from "../../../app/run/pipeline-call.ts";
import { watchPipeline as watch } from "../../../app/watch/watch.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import type { Result } from "../../../errors/result.ts";
import type { RunResult } from "../../../run/run.ts";
import { type Context, portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { watchRenderer } from "../../render/watch-renderer.ts";
import { sayTo } from "../../render/with-renderer.ts";

export { cannotWatch } from "./cannot-watch.ts";

export interface WatchCall extends PipelineCall {
  readonly explain?: boolean;
}

/** Runs the pipeline after each change of what its tasks read, and shows how each run went, until Ctrl-C. */
export async function watchPipeline(
  context: Context,
  { explain = false, ...call }: WatchCall,
  report: (result: RunResult) => ExitCode,
): Promise<ExitCode> {
  const renderer = watchRenderer(context, explain);
  const show = (result: Result<RunResult>): ExitCode => {
    renderer.close();
    return result.ok ? report(result.value) : reportFailures(context, result.failures);
  };
  const { gone } = context.json ? context.stdout : context.stderr;
  try {
    const end = await watch(portsOf(context), { call, say: sayTo(renderer), onRun: show, gone });
    return end.ok && end.value === undefined ? exitCodes.done : show(end as Result<RunResult>);
  } finally {
    renderer.close();
  }
}
