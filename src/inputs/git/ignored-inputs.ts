import { execFile } from "node:child_process";
import type { Problem } from "../../definition/problem.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { Gathered } from "../gather-inputs.ts";
import { repositoryFolder } from "./git-commit.ts";

interface Suspect {
  readonly task: string;
  readonly claim: Claim;
  readonly files: readonly string[];
}

/**
 * Input patterns of which git ignores everything that they match: what the task reads belongs to no commit, and is not
 * there for anybody else. A pattern that also matches other files is right; what git ignores among them counts for the
 * fingerprint like the rest. By task; tasks without such inputs are left out. Where git cannot be asked nothing is
 * found: what is ignored is digested in any case, so that no result can be stale by it.
 */
export async function findIgnoredInputs(
  projectFolder: string,
  tasks: Iterable<GraphTask>,
  gathered: ReadonlyMap<string, Gathered>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  if (repositoryFolder(projectFolder) === undefined) return new Map();
  const claims = [...tasks].flatMap((task) => suspects(task, gathered.get(task.name)));
  const ask = (paths: Iterable<string>) => ignoredPaths(projectFolder, [...new Set(paths)], environment);
  // Two files tell nearly always that a pattern is right; only of the others are all looked at.
  const first = await ask(claims.flatMap(({ files }) => [files[0]!, files.at(-1)!]));
  const doubtful = claims.filter(({ files }) => first.has(files[0]!) && first.has(files.at(-1)!));
  if (doubtful.length === 0) return new Map();
  const ignored = await ask(doubtful.flatMap(({ files }) => files));
  const wrong = doubtful.filter(({ files }) => files.every((file) => ignored.has(file)));
  return new Map(
    [...Map.groupBy(wrong, ({ task }) => task)].map(([task, found]) => [
      task,
      found.map(({ claim }) => problem(claim)),
    ]),
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

/**
 * Those of the paths that git ignores; none where it cannot be asked. Files that are tracked are not ignored, whatever
 * the patterns say.
 */
export function ignoredPaths(
  folder: string,
  paths: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlySet<string>> {
  const { PATH, HOME, XDG_CONFIG_HOME } = environment;
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH, HOME, XDG_CONFIG_HOME, LC_ALL: "C" }, maxBuffer: 1 << 28 };
    const git = execFile("git", ["check-ignore", "-z", "--stdin"], options, (_, stdout) =>
      resolve(new Set(stdout.split("\0").filter((path) => path !== ""))),
    );
    // A git that ends early (or was never there) does not read to the end.
    git.stdin?.on("error", () => undefined);
    git.stdin?.end(paths.join("\0"));
  });
}

function problem({ pattern, path }: Claim): Problem {
  return {
    code: "input-ignored",
    path,
    message: `Git ignores everything that the input ${pattern.text} matches`,
    hint: `Commit the files; or, when they belong to this machine only: localInputs: [${JSON.stringify(pattern.text)}]`,
  };
}
