import type { Problem } from "../../definition/problem.ts";
import { askGit, type GitAnswer, namesIn, unanswered } from "../../git/ask-git.ts";
import { repositoryFolder } from "../../git/git-commit.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { realBase } from "../real-base.ts";

interface Owned {
  readonly task: GraphTask;
  readonly claim: Claim;
}

/**
 * Outputs in which there are files that git tracks: somebody wrote them, and they would be removed before the task runs.
 * By task; tasks without such outputs, and those that say that it is meant so, are left out. Where there is no repository
 * nothing is tracked; where there is one and git does not answer, each task with outputs has that for a problem.
 */
export async function findTrackedOutputs(
  projectFolder: string,
  tasks: Iterable<GraphTask>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  const owners = ownersOf(projectFolder, tasks);
  if (owners.size === 0 || repositoryFolder(projectFolder) === undefined) return new Map();
  const listed = await askGit(projectFolder, ["ls-files", "-z"], { variables: environment });
  if (!listed.ok) return unknown(owners, listed);
  const found = new Map<Owned, string[]>();
  for (const file of namesIn(listed.output)) {
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

/** One problem for each task, at its first output. */
function unknown(
  owners: ReadonlyMap<string, readonly Owned[]>,
  answer: GitAnswer & { ok: false },
): Map<string, readonly Problem[]> {
  const byTask = Map.groupBy([...owners.values()].flat(), ({ task }) => task.name);
  return new Map(
    [...byTask].map(([name, [first]]) => {
      const what = `Whether git tracks files in the output ${first!.claim.pattern.text} of "${name}"`;
      return [name, [{ ...unanswered(what, answer), path: first!.claim.path }]];
    }),
  );
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
