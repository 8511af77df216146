import { posix } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";
import { unanswered, type Variables } from "../git/ask-git.ts";
import { ignoredPaths } from "../git/ignored-paths.ts";
import { isWithin, matches, type Pattern } from "../graph/patterns/pattern.ts";
import type { Collected } from "./collect.ts";
import { ownSettings } from "./collect-failures.ts";
import type { FileRequest } from "./file-request.ts";

export interface Asked {
  /** The project's real path. */
  readonly root: string;
  readonly requests: readonly FileRequest[];
  /** What the tasks of the pipeline write. */
  readonly outputs: readonly Pattern[];
  readonly variables: Variables;
}

/** What this machine alone has of a project: settings of whoever works there. */
const settings = /^\.env(\.local|\.[^/]+\.local)?$/;
/** What tools leave beside sources, whether or not there is a git that ignores it. */
const leavings = /^(__pycache__|\.DS_Store)$/;

/**
 * Those of the files that are asked for that belong to this machine alone, and to no release: files that git ignores, unless they are
 * what tasks write, or `files` names the very folder or file that is ignored; what tools leave beside sources; and `.env` with its
 * like wherever it lies. Packages that are installed are what they are. Fails when git does not answer, and with
 * `release-path-refused` when `files` names an `.env` that git ignores.
 */
export async function ignoredFiles(
  found: ReadonlyMap<string, Collected>,
  { root, requests, outputs, variables }: Asked,
): Promise<Result<ReadonlySet<string>>> {
  const included = requests.flatMap((request) => request.included.map((pattern) => ({ ...request, pattern })));
  const named = new Set(included.map(({ pattern }) => pattern.base));
  const own = [...found.keys()].filter((path) => !path.split("/").includes("node_modules"));
  const sources = own.filter((path) => !outputs.some((output) => matches(output, path)));
  const env = own.filter((path) => settings.test(posix.basename(path)));
  const asked = [...sources, ...env.filter((path) => named.has(path)), ...named];
  const answer = await ignoredPaths(
    root,
    asked.filter((path) => path !== ""),
    variables,
  );
  if (!answer.ok) return failed(unanswered("Which files belong to this machine alone", answer.answer));
  const refused = included.filter(({ pattern: { base } }) => env.includes(base) && answer.ignored.has(base));
  if (refused.length > 0) return failed(...refused.map(({ service, pattern }) => ownSettings(service, pattern.base)));
  const meant = [...named].filter((base) => answer.ignored.has(base));
  const isLeft = (path: string) => answer.ignored.has(path) || path.split("/").some((name) => leavings.test(name));
  return ok(
    new Set([
      ...env.filter((path) => !named.has(path)),
      ...sources.filter((path) => isLeft(path) && !meant.some((base) => isWithin(path, base))),
    ]),
  );
}
