import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import { InputFinder } from "./gather-inputs.ts";
import { buildGraph } from "./graph.ts";
import { findConflicts } from "./output-conflicts.ts";

/**
 * Everything that is wrong with a pipeline and can be known without running it: names, needs, circles, outputs that two
 * tasks write, inputs that are not there. Reads the project's folders, changes nothing. In the definition's order.
 */
export function checkPipeline(project: Project, projectFolder: string): Problem[] {
  const { graph, problems } = buildGraph(project.pipeline);
  const inputs = new InputFinder(projectFolder, graph).gather(graph.values());
  return [...problems, ...findConflicts(graph), ...[...inputs.values()].flatMap((gathered) => gathered.problems)];
}
