import { execFile } from "node:child_process";
import type { Problem } from "../../definition/problem.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { realBase } from "../real-base.ts";
import { repositoryFolder } from "./git-commit.ts";

interface Owned {
  readonly task: GraphTask;
  readonly claim: Claim;
}

/**
 * Outputs in which there are files that git tracks: somebody wrote them, and they would be removed before the task runs.
 * By task; tasks without such outputs, and those that say that it is meant so, are left out. Where git cannot be asked
 * nothing is found: then nothing is tracked either.
 */
export async function findTrackedOutputs(
  projectFolder: string,
  tasks: Iterable<GraphTask>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  const owners = ownersOf(projectFolder, tasks);
  if (owners.size === 0 || repositoryFolder(projectFolder) === undefined) return new Map();
  const found = new Map<Owned, string[]>();
  for (const file of await trackedFiles(projectFolder, environment)) {
    for (const base of basesOf(file)) {
      for (const owned of owners.get(base) ?? []) {
        if (matches(owned.claim.pattern, file)) found.set(owned, [...(found.get(owned) ?? []), file]);
      }
    }
  }
  const byTask = Map.groupBy(found, ([{ task }]) => task.name);
  return new Map([...byTask].map(([name, all]) => [name, all.map(([owned, files]) => problem(owned, files))]));
}

/** By the folder or file that they name, or begin with: really, with links followed. */
function ownersOf(projectFolder: string, tasks: Iterable<GraphTask>): Map<string, Owned[]> {
  const owners = new Map<string, Owned[]>();
  for (const task of tasks) {
    if (task.task.trackedOutputs === true) continue;
    for (const declared of task.patterns.outputs) {
      const base = realBase(projectFolder, declared.pattern) ?? declared.pattern.base;
      const owned = { task, claim: { ...declared, pattern: { ...declared.pattern, base } } };
      const others = owners.get(base);
      if (others) others.push(owned);
      else owners.set(base, [owned]);
    }
  }
  return owners;
}

/** `a/b/c` → `a/b/c`, `a/b`, `a`, and the project itself. */
function* basesOf(file: string): Iterable<string> {
  yield file;
  for (let slash = file.lastIndexOf("/"); slash > 0; slash = file.lastIndexOf("/", slash - 1))
    yield file.slice(0, slash);
  yield "";
}

/** Relative to the folder. */
function trackedFiles(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const { PATH, HOME, XDG_CONFIG_HOME } = environment;
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH, HOME, XDG_CONFIG_HOME, LC_ALL: "C" }, maxBuffer: 1 << 28 };
    execFile("git", ["ls-files", "-z"], options, (error, stdout) =>
      resolve(error === null ? stdout.split("\0").filter((path) => path !== "") : []),
    );
  });
}

function problem({ task, claim: { pattern, path } }: Owned, [first = "", ...others]: readonly string[]): Problem {
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return {
    code: "output-tracked",
    path,
    message: `The output ${pattern.text} of "${task.name}" holds files that git tracks: ${first}${more}`,
    hint:
      "Outputs are removed before the task runs: name only what it writes. What is built can leave git " +
      `(git rm --cached ${pattern.kind === "glob" ? first : `-r ${pattern.base}`}); if it is to be committed, say trackedOutputs: true.`,
  };
}
