import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { findDefinition } from "../definition/load/find.ts";
import { recall, remember } from "../definition/load/snapshot.ts";
import { ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { checkoutFolderOf } from "../files/state-paths.ts";
import { type OpenProject, openProject, putBackIfLeft } from "./open-project.ts";
import type { Ports } from "./ports.ts";

/**
 * The project for a verb that needs nothing of it but the pipeline: from the snapshot when the definition is what it
 * was, otherwise loaded and checked like any other.
 */
export async function openPipeline(ports: Pick<Ports, "folder" | "version">): Promise<Result<OpenProject>> {
  const madeBy = madeByOf(ports);
  const found = findDefinition(ports.folder);
  if (found === undefined) return openProject(ports);
  await putBackIfLeft(found.folder);
  const checkoutFolder = checkoutFolderOf(found.folder);
  const path = join(checkoutFolder, "cache", "definition.json");
  const file = realpathSync(found.file);
  const recalled = recall(path, file, madeBy);
  if (recalled.state === "impure") return openProject(ports);
  // Where there is no state yet there may never be a second run: on a machine that only builds.
  if (recalled.state === "unknown" && !existsSync(checkoutFolder)) return openProject(ports);
  if (recalled.state === "unknown") return openAndKeep(ports, path, madeBy);
  const locate: OpenProject["locate"] = async (problems) => {
    const opened = await openProject(ports);
    return opened.ok ? opened.value.locate(problems) : opened.failures;
  };
  const { project, sources } = recalled;
  return ok({ project, sources, file, folder: found.folder, checkoutFolder, locate });
}

async function openAndKeep(ports: Pick<Ports, "folder">, path: string, madeBy: string): Promise<Result<OpenProject>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  try {
    await remember(path, opened.value, madeBy);
  } catch (error) {
    // A disk that takes no shortcut is told of by whoever has to write something.
    if (fileFailure(error) === undefined) throw error;
  }
  return opened;
}

/** Version of Tidegate and of Node: another one may decide otherwise. */
export function madeByOf({ version }: Pick<Ports, "version">): string {
  return `${version} ${process.version}`;
}
