import type { Project } from "../definition/types.ts";
import type { Looks } from "../files/looks.ts";
import { type BuiltGraph, buildGraph } from "./graph.ts";
import type { WorkspacePackage } from "./workspace/package.ts";
import { readWorkspace } from "./workspace/read-workspace.ts";

export interface ProjectGraph extends BuiltGraph {
  /** Empty when the project has no tasks in packages. */
  readonly packages: readonly WorkspacePackage[];
}

/** The graph of a project, with the packages that are in its folder now. Reads package.json files when it has package tasks. */
export async function projectGraph(
  { pipeline, packages }: Project,
  projectFolder: string,
  looks?: Looks,
): Promise<ProjectGraph> {
  if (packages === undefined || Object.keys(packages).length === 0) return { ...buildGraph(pipeline), packages: [] };
  const { workspace, problems } = await readWorkspace(projectFolder, looks);
  // What cannot be read is told alone: what follows from it would only hide it.
  if (problems.length > 0) return { ...buildGraph(pipeline), problems, packages: workspace.packages };
  return { ...buildGraph(pipeline, { tasks: packages, workspace }), packages: workspace.packages };
}
