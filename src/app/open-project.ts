import { validateProject } from "../definition/check/validate.ts";
import { findDefinition } from "../definition/load/find.ts";
import { type LoadedProject, loadProject } from "../definition/load/load.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { isAnythingAside, pipelinePaths } from "../files/state-folder.ts";
import { checkoutFolderOf } from "../files/state-paths.ts";
import type { ProjectPlace } from "../state/find-state.ts";
import type { Ports } from "./ports.ts";

/** A project whose definition holds, and where its cache and the logs of its runs are. */
export interface OpenProject extends LoadedProject {
  /** `.tidegate`: private, ignored by git. Need not exist yet. */
  readonly checkoutFolder: string;
  /** Files of the definition that its pipeline depends on, and on nothing else; absent when that is not known. */
  readonly sources?: readonly string[];
}

/** Loads the definition for the call and checks its data; what every verb that works on a project begins with. */
export async function openProject(ports: Pick<Ports, "folder">): Promise<Result<OpenProject>> {
  const found = findDefinition(ports.folder);
  if (found !== undefined) await putBackIfLeft(found.folder);
  const loaded = await loadProject(ports.folder);
  if (!loaded.ok) return loaded;
  const problems = validateProject(loaded.value.project);
  if (problems.length > 0) return failed(...(await loaded.value.locate(problems)));
  return ok({ ...loaded.value, checkoutFolder: checkoutFolderOf(loaded.value.folder) });
}

/** What a killed run had set aside may be what the definition is loaded with: `node_modules`. */
export async function putBackIfLeft(projectFolder: string): Promise<void> {
  const checkoutFolder = checkoutFolderOf(projectFolder);
  if (!isAnythingAside(pipelinePaths(checkoutFolder))) return;
  const { putBackOutputs } = await import("../run/put-back-outputs.ts");
  await putBackOutputs(projectFolder, checkoutFolder);
}

/** What a project is looked for by in the states of this machine. */
export function placeOf({ folder, project }: LoadedProject, { env }: Pick<Ports, "env">): ProjectPlace {
  return { projectFolder: folder, name: project.name, variables: env };
}
