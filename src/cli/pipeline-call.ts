import type { Result } from "../errors/result.ts";
import { type RunResult, runPipeline } from "../pipeline/run.ts";
import type { Context } from "./context.ts";
import type { OpenProject } from "./open-project.ts";
import { marks } from "./render/marks.ts";
import type { Renderer } from "./render/renderer.ts";

export interface PipelineCall {
  readonly tasks?: readonly string[];
  readonly concurrency?: number | undefined;
  readonly force?: boolean;
}

/**
 * Runs the project's pipeline for a verb: events to the renderer, Ctrl-C to the tasks, problems with their places.
 * Everything it needs is loaded before: a task may replace the folder that Tidegate is in.
 */
export async function callPipeline(
  context: Context,
  opened: OpenProject,
  renderer: Renderer,
  { concurrency, ...call }: PipelineCall,
): Promise<Result<RunResult>> {
  const sayStopping = () => renderer.note(`${marks.warning} stopping the tasks; interrupt again to leave at once`);
  context.signal.addEventListener("abort", sayStopping, { once: true });
  try {
    return await runPipeline({
      ...call,
      ...(concurrency === undefined ? {} : { concurrency }),
      projectFolder: opened.folder,
      stateFolder: opened.stateFolder,
      project: opened.project,
      environment: context.env,
      emit: renderer.emit,
      signal: context.signal,
      now: context.now,
      onWaiting: () => renderer.note(`${marks.waiting} another run of this project is under way: waiting for its end`),
      locate: opened.locate,
    });
  } finally {
    context.signal.removeEventListener("abort", sayStopping);
  }
}
