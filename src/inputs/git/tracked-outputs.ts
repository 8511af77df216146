import { realpathSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import type { Problem } from "../../definition/problem.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { askGit, type GitAnswer, namesIn, unanswered } from "../../git/ask-git.ts";
import { workTreeAround } from "../../git/git-commit.ts";
import { namedElsewhere } from "../../git/named-elsewhere.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { isWithin, matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { realBase } from "../real-base.ts";

interface Owned {
  readonly task: GraphTask;
  readonly claim: Claim;
}

type Owners = ReadonlyMap<string, readonly Owned[]>;

/**
 * Outputs in which there are files that git tracks: somebody wrote them, and they would be removed before the task runs.
 * By task; tasks without such outputs, and those that say that it is meant so, are left out. Each output is asked of the
 * repository that it lies in: the project's, or one inside of it (a submodule, a clone). Where there is none nothing is
 * tracked; where there is one and git does not answer, or the caller names one that is not there, each task with outputs there has that for a problem.
 */
export async function findTrackedOutputs(
  projectFolder: string,
  tasks: Iterable<GraphTask>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  const byRepository = Map.groupBy(ownersOf(projectFolder, tasks), ([base]) => repositoryOf(projectFolder, base));
  const found = await Promise.all(
    [...byRepository].map(async ([place, owners]): Promise<readonly (readonly [string, Problem])[]> => {
      if (place === undefined) {
        const elsewhere = namedElsewhere(projectFolder, environment);
        return elsewhere === undefined ? [] : unknown(new Map(owners), elsewhere);
      }
      const listed = await askGit(join(projectFolder, place), ["ls-files", "-z"], { variables: environment });
      const byBase = new Map(owners);
      if (!listed.ok) return unknown(byBase, listed);
      const files = namesIn(listed.output).map((file) => posix.join(place, file));
      return trackedIn(byBase, files, { folder: join(projectFolder, place), place });
    }),
  );
  const byTask = Map.groupBy(found.flat(), ([name]) => name);
  return new Map([...byTask].map(([name, all]) => [name, all.map(([, each]) => each)]));
}

/** The folder to ask in: "" for the project's own repository, else the top of the one inside of the project. */
function repositoryOf(projectFolder: string, base: string): string | undefined {
  const root = realpathSync.native(projectFolder);
  const top = workTreeAround(join(root, base === "" ? "" : dirname(base)));
  if (top === undefined) return undefined;
  return top.startsWith(root + sep) ? relative(root, top).split(sep).join("/") : "";
}

/** Which repository was asked, and where it lies in the project. */
interface Asked {
  readonly folder: string;
  readonly place: string;
}

function trackedIn(owners: Owners, files: readonly string[], asked: Asked): (readonly [string, Problem])[] {
  const found = new Map<Owned, string[]>();
  for (const file of files) {
    for (const base of basesOf(file)) {
      for (const owned of owners.get(base) ?? []) {
        if (matches(owned.claim.pattern, file)) found.set(owned, [...(found.get(owned) ?? []), file]);
      }
    }
  }
  return [...found].map(([owned, tracked]) => [owned.task.name, problem(owned, tracked, asked)] as const);
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
function unknown(owners: Owners, answer: GitAnswer & { ok: false }): (readonly [string, Problem])[] {
  const byTask = Map.groupBy([...owners.values()].flat(), ({ task }) => task.name);
  return [...byTask].map(([name, [first]]) => {
    const what = `Whether git tracks files in the output ${first!.claim.pattern.text} of "${name}"`;
    return [name, { ...unanswered(what, answer), path: first!.claim.path }] as const;
  });
}

function problem(
  { task, claim: { pattern, path } }: Owned,
  [first = "", ...others]: readonly string[],
  { folder, place }: Asked,
): Problem {
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const inside = isWithin(pattern.base, place) ? pattern.base : place;
  const named = posix.relative(place, pattern.kind === "glob" ? first : inside) || ".";
  const words = ["git", "-C", folder, "rm", "--cached", ...(pattern.kind === "glob" ? [] : ["-r"]), "--", named];
  return {
    code: "output-tracked",
    path,
    message: `The output ${pattern.text} of "${task.name}" contains files that git tracks: ${first}${more}`,
    hint:
      "Outputs are removed before the task runs: name only what it writes. Built files can be removed from git " +
      `(${words.map(shellWord).join(" ")}); if they should stay committed, say trackedOutputs: true.`,
  };
}
