import type { Problem } from "../../definition/problem.ts";
import { type GitAnswer, unanswered } from "../../git/ask-git.ts";
import { ignoredPaths } from "../../git/ignored-paths.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { Gathered } from "../gather-inputs.ts";

interface Suspect {
  readonly task: string;
  readonly claim: Claim;
  readonly files: readonly string[];
}

/**
 * Input patterns of which git ignores everything that they match: what the task reads belongs to no commit, and is not
 * there for anybody else. A pattern that also matches other files is right; what git ignores among them counts for the
 * fingerprint like the rest. By task; tasks without such inputs are left out. A git that does not answer is a problem of
 * every task that has inputs to ask for; what lies in no repository is not ignored.
 */
export async function findIgnoredInputs(
  projectFolder: string,
  tasks: Iterable<GraphTask>,
  gathered: ReadonlyMap<string, Gathered>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  const claims = [...tasks].flatMap((task) => suspects(task, gathered.get(task.name)));
  const ask = (paths: Iterable<string>) => ignoredPaths(projectFolder, paths, environment);
  // Two files tell nearly always that a pattern is right; only of the others are all looked at.
  const first = await ask(claims.flatMap(({ files }) => [files[0]!, files.at(-1)!]));
  if (!first.ok) return unknown(claims, first.answer);
  const doubtful = claims.filter(({ files }) => first.ignored.has(files[0]!) && first.ignored.has(files.at(-1)!));
  if (doubtful.length === 0) return new Map();
  const all = await ask(doubtful.flatMap(({ files }) => files));
  if (!all.ok) return unknown(doubtful, all.answer);
  const wrong = doubtful.filter(({ files }) => files.every((file) => all.ignored.has(file)));
  return new Map(
    [...Map.groupBy(wrong, ({ task }) => task)].map(([task, found]) => [
      task,
      found.map(({ claim }) => problem(claim)),
    ]),
  );
}

/** One problem for each task, at its first input. */
function unknown(claims: readonly Suspect[], answer: GitAnswer & { ok: false }): Map<string, readonly Problem[]> {
  const byTask = Map.groupBy(claims, ({ task }) => task);
  return new Map(
    [...byTask].map(([task, [first]]) => {
      const what = `Whether git ignores the input ${first!.claim.pattern.text} of "${task}"`;
      return [task, [{ ...unanswered(what, answer), path: first!.claim.path }]];
    }),
  );
}

function suspects({ name, patterns }: GraphTask, gathered: Gathered | undefined): Suspect[] {
  if (gathered === undefined) return [];
  const required = (patterns.inputs ?? []).filter(
    ({ pattern, isLocal, demand }) => !pattern.excluded && !isLocal && demand !== "none",
  );
  return required.flatMap((claim) => {
    const files = [...gathered.files.keys()].filter((path) => matches(claim.pattern, path));
    return files.length === 0 ? [] : [{ task: name, claim, files }];
  });
}

function problem({ pattern, path }: Claim): Problem {
  return {
    code: "input-ignored",
    path,
    message: `Git ignores everything that the input ${pattern.text} matches`,
    hint: `Commit the files; or, if they belong to this machine only: localInputs: [${JSON.stringify(pattern.text)}]`,
  };
}
