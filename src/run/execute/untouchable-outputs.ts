import { type Dirent, existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import { misplacedOutputs } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { RunContext } from "../../runner/run-context.ts";

/**
 * Why a task's outputs must not be removed or written: they lead out of the project or to what is nobody's, git tracks some
 * of them, or there is a repository of its own in them. Git is not asked where there is nothing that could be lost.
 */
export async function untouchableOutputs(
  { projectFolder, tracked }: Pick<RunContext, "projectFolder" | "tracked">,
  task: GraphTask,
): Promise<readonly Failure[]> {
  const outside = misplacedOutputs(projectFolder, task.patterns.outputs);
  if (outside.length > 0 || !hasOutputs(projectFolder, task)) return outside;
  const known = (await tracked()).get(task.name) ?? [];
  return known.length > 0 || task.task.trackedOutputs === true ? known : repositoriesIn(projectFolder, task);
}

/** What somebody cloned there is as much theirs as what the project's own repository tracks. */
function repositoriesIn(projectFolder: string, { name, patterns: { outputs } }: GraphTask): Failure[] {
  const globs = outputs.filter(({ pattern }) => pattern.kind === "glob");
  const others = outputs.filter(({ pattern }) => pattern.kind !== "glob");
  const repository =
    others.flatMap(({ pattern }) => repositoryIn(projectFolder, pattern.base) ?? [])[0] ??
    repositoryAround(projectFolder, globs);
  if (repository === undefined) return [];
  return [
    {
      code: "output-tracked",
      message: `The outputs of "${name}" hold a git repository of its own: ${repository}`,
      hint: "Outputs are removed before the task runs: name only what it writes. If it makes that repository itself, say trackedOutputs: true.",
    },
  ];
}

/** The first folder with a `.git`, from the top. */
function repositoryIn(projectFolder: string, folder: string): string | undefined {
  const entries = entriesOf(`${projectFolder}/${folder}`);
  if (entries.some((entry) => entry.name === ".git")) return folder;
  for (const entry of entries) {
    const found = entry.isDirectory() ? repositoryIn(projectFolder, `${folder}/${entry.name}`) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is no folder, or is gone, has no entries. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Of globs only what they match would be removed. */
function repositoryAround(projectFolder: string, globs: GraphTask["patterns"]["outputs"]): string | undefined {
  if (globs.length === 0) return undefined;
  const folders = new Set<string>();
  for (const { path } of listOutputs(projectFolder, globs).found) {
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  }
  return [...folders].find((folder) => existsSync(`${projectFolder}/${folder}/.git`));
}

/** Whether anything is on the disk where the task's outputs are, or may be. */
export function hasOutputs(projectFolder: string, { patterns: { outputs } }: GraphTask): boolean {
  return outputs.some(({ pattern }) => existsSync(`${projectFolder}/${pattern.base}`));
}
