import type { ExitCode } from "../../errors/exit-code.ts";
import type { RunResult } from "../../run/run.ts";
import type { Context } from "../context.ts";
import { openPipeline } from "../open-pipeline.ts";
import type { PipelineCall } from "../pipeline-call.ts";
import { reportFailures } from "../report-failures.ts";
import { LiveDefinition } from "./live-definition.ts";
import { watchRenderer } from "./watch-renderer.ts";
import { WatchSession } from "./watch-session.ts";

export { cannotWatch } from "./cannot-watch.ts";

export interface WatchCall extends PipelineCall {
  readonly explain?: boolean;
}

/**
 * Runs the pipeline after each change of what its tasks read, until Ctrl-C. A failing task, a wrong definition or one
 * that does not load is told, and the next save waited for.
 */
export async function watchPipeline(
  context: Context,
  { explain = false, ...call }: WatchCall,
  report: (result: RunResult) => ExitCode,
): Promise<ExitCode> {
  const definition = await LiveDefinition.open(context.folder);
  if (definition === undefined) {
    const opened = await openPipeline(context);
    return reportFailures(context, opened.ok ? [] : opened.failures);
  }
  const renderer = watchRenderer(context, explain);
  try {
    return await new WatchSession({ context, definition, renderer, call, report }).toEnd();
  } finally {
    renderer.close();
  }
}
