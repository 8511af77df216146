import { projectGraph } from "../../graph/project-graph.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { foresee } from "./foresee.ts";
import type { Foreseen, ForeseeRequest } from "./foreseen.ts";

/** The same for a project that is open, with the packages that are in its folder now. */
export async function lookAhead(
  { project, folder }: Pick<OpenProject, "project" | "folder">,
  { env }: Pick<Ports, "env">,
  options: Pick<ForeseeRequest, "isBuilt"> = {},
): Promise<Foreseen> {
  const { graph } = await projectGraph(project, folder);
  return foresee({ project, folder, graph, variables: env, ...options });
}
