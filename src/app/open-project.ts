import { type LoadedProject, loadProject } from "../definition/load.ts";
import { validateProject } from "../definition/validate.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Ports } from "./ports.ts";
import { stateFolderOf } from "./state-folder-of.ts";

export { stateFolderOf };

/** A project whose definition holds, and where its state is. */
export interface OpenProject extends LoadedProject {
  /** Private, on this machine, ignored by git. Need not exist yet. */
  readonly stateFolder: string;
  /** Files of the definition that its pipeline depends on, and on nothing else; absent when that is not known. */
  readonly sources?: readonly string[];
}

/** Loads the definition for the call and checks its data; what every verb that works on a project begins with. */
export async function openProject(ports: Pick<Ports, "folder">): Promise<Result<OpenProject>> {
  const loaded = await loadProject(ports.folder);
  if (!loaded.ok) return loaded;
  const problems = validateProject(loaded.value.project);
  if (problems.length > 0) return failed(...(await loaded.value.locate(problems)));
  return ok({ ...loaded.value, stateFolder: stateFolderOf(loaded.value.folder) });
}
