import { nearest } from "../definition/distance.ts";
import type { Failure } from "../errors/failure.ts";

/** The failure for a name that is not among the pipeline's tasks. */
export function unknownTask(name: string, tasks: readonly string[]): Failure {
  const meant = nearest(name, tasks);
  const hint = meant === undefined ? `Its tasks: ${tasks.join(", ")}` : `Did you mean "${meant}"?`;
  return { code: "unknown-task", message: `The pipeline has no task "${name}"`, hint };
}
