import { join } from "node:path";
import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import { pipelinePaths } from "../files/state-folder.ts";
import { findConflicts } from "../graph/outputs/output-conflicts.ts";
import { projectGraph } from "../graph/project-graph.ts";
import { InputFinder } from "../inputs/gather-inputs.ts";
import { findIgnoredInputs } from "../inputs/git/ignored-inputs.ts";
import { findTrackedOutputs } from "../inputs/git/tracked-outputs.ts";
import { expandTests } from "../test-history/shards/expand-graph.ts";

/**
 * Everything that is wrong with a pipeline and can be known without running it: names, needs, circles, outputs that two
 * tasks write, or in which git tracks files, inputs that are not there or that git ignores. Reads the project's folders, asks git, changes nothing. In
 * the definition's order.
 */
export async function checkPipeline(project: Project, projectFolder: string): Promise<Problem[]> {
  const built = await projectGraph(project, projectFolder);
  const { shards: shardsFolder } = pipelinePaths(join(projectFolder, ".tidegate"));
  const expanded = expandTests(built.graph, { projectFolder, shardsFolder });
  const { graph } = expanded;
  const problems = [...built.problems, ...expanded.problems];
  const inputs = new InputFinder(projectFolder, graph).gather(graph.values());
  const ignored = await findIgnoredInputs(projectFolder, graph.values(), inputs, process.env);
  const tracked = await findTrackedOutputs(projectFolder, graph.values(), process.env);
  return [
    ...problems,
    ...findConflicts(graph),
    ...oncePerPlace([...tracked.values()].flat()),
    ...[...inputs.values()].flatMap((gathered) => gathered.problems),
    ...[...ignored.values()].flat(),
  ];
}

/** What all packages share stands in the definition once. */
function oncePerPlace(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.toReversed().map((problem) => [problem.path.join("\0"), problem])).values()].toReversed();
}
