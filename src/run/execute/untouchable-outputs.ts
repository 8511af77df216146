import { existsSync } from "node:fs";
import { misplacedOutputs } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { RunContext } from "../../runner/run-context.ts";

/**
 * Why a task's outputs must not be removed or written: they lead out of the project or to what is nobody's, or git tracks
 * some of them. Git is
 * not asked where there is nothing that could be lost.
 */
export async function untouchableOutputs(
  { projectFolder, tracked }: Pick<RunContext, "projectFolder" | "tracked">,
  task: GraphTask,
): Promise<readonly Failure[]> {
  const outside = misplacedOutputs(projectFolder, task.patterns.outputs);
  if (outside.length > 0 || !hasOutputs(projectFolder, task)) return outside;
  return (await tracked()).get(task.name) ?? [];
}

/** Whether anything is on the disk where the task's outputs are, or may be. */
export function hasOutputs(projectFolder: string, { patterns: { outputs } }: GraphTask): boolean {
  return outputs.some(({ pattern }) => existsSync(`${projectFolder}/${pattern.base}`));
}
