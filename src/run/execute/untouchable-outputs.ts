import { type Dirent, existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import { misplacedOutputs } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import { stateHome } from "../../files/state-home.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { isWithin } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { realBase } from "../../inputs/real-base.ts";
import type { RunContext } from "../../runner/run-context.ts";

/**
 * Why a task's outputs must not be removed or written: they lead out of the project or to what is nobody's, git tracks some
 * of them, or there is a repository of its own in them. Git is not asked where there is nothing that could be lost.
 */
export async function untouchableOutputs(
  { projectFolder, tracked, environment }: Pick<RunContext, "projectFolder" | "tracked" | "environment">,
  task: GraphTask,
): Promise<readonly Failure[]> {
  const { outputs } = task.patterns;
  const outside = [...misplacedOutputs(projectFolder, outputs), ...stateIn(projectFolder, environment, outputs)];
  if (!hasOutputs(projectFolder, task)) return outside;
  // Git may have been asked already: nobody goes on while it still looks.
  const known = (await tracked()).get(task.name) ?? [];
  if (outside.length > 0) return outside;
  return known.length > 0 || task.task.trackedOutputs === true ? known : repositoriesIn(projectFolder, task);
}

/** Outputs that hold the state folders of environments, or stand in one: people may have them in the project. */
function stateIn(projectFolder: string, environment: RunContext["environment"], outputs: readonly Claim[]): Failure[] {
  const home = stateHome(environment);
  const place = home.ok ? homeIn(projectFolder, home.value) : undefined;
  if (place === undefined) return [];
  const holding = outputs.filter(({ pattern }) => {
    const base = realBase(projectFolder, pattern);
    return base !== undefined && (isWithin(base, place) || (pattern.kind !== "glob" && isWithin(place, base)));
  });
  return holding.map(({ pattern }) => ({
    code: "output-reserved",
    message: `The output ${pattern.text} is, or contains, the state folder ${place}`,
    hint: "Name another output, or keep the state elsewhere: TIDEGATE_STATE=<folder>",
  }));
}

/** Relative to the project; `undefined` when it is elsewhere, or not there. */
function homeIn(projectFolder: string, home: string): string | undefined {
  if (!existsSync(home)) return undefined;
  const [root, place] = [projectFolder, home].map((path) => realpathSync.native(path)) as [string, string];
  return place !== root && isWithin(place, root) ? place.slice(root.length + 1) : undefined;
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
      message: `The outputs of "${name}" contain a separate git repository: ${repository}`,
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

/** What is not a folder, or is gone, has no entries. */
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
