import { failed, ok, type Result } from "../errors/result.ts";
import { fetchNode } from "../launcher/fetch-node.ts";
import type { Variables } from "../launcher/known-nodes.ts";
import { pathWithNode } from "../launcher/node-on-path.ts";
import { type SaidNode, saidNode, type UnclearNode } from "../launcher/said-node.ts";
import type { Say } from "./notice.ts";

interface Where {
  /** The project's. */
  readonly folder: string;
  readonly env: Variables;
}

/**
 * The caller's variables with a `PATH` whose `node` is the one that the project says: the caller's where it fits, else one
 * that this machine has, else one that is fetched once and said. What a project says nothing of stays as it is. Fails
 * with `node-unclear` and `node-missing`: never another Node in its place.
 */
export async function withProjectNode(where: Where, say: Say): Promise<Result<Variables>> {
  const said = saidNode(where.folder);
  if (said === undefined) return ok(where.env);
  if ("unclear" in said) return failed(unclear(said));
  const path = await pathFor(said, where, say);
  return path.ok ? ok(path.value === where.env.PATH ? where.env : { ...where.env, PATH: path.value }) : path;
}

/** Sees to it that this machine has the Node that each service of a release says. */
export async function ensureNodes(
  { folder, env }: Where,
  services: readonly { readonly node?: string }[],
  say: Say,
): Promise<Result<void>> {
  for (const range of new Set(services.flatMap(({ node }) => node ?? []))) {
    const path = await pathFor({ range, text: range, from: "the release" }, { folder, env }, say);
    if (!path.ok) return path;
  }
  return ok();
}

/** What the project says and this machine has, without fetching anything: for who only looks. */
export type NodeStanding =
  | { readonly stands: "whichever" }
  | { readonly stands: "unclear"; readonly said: UnclearNode }
  | { readonly stands: "there"; readonly said: SaidNode; readonly version: string; readonly path: string }
  | { readonly stands: "missing"; readonly said: SaidNode; readonly first?: string };

export function nodeStanding({ folder, env }: Where): NodeStanding {
  const said = saidNode(folder);
  if (said === undefined) return { stands: "whichever" };
  if ("unclear" in said) return { stands: "unclear", said };
  const found = pathWithNode(said.range, env, folder);
  if (found.was !== "missing") return { stands: "there", said, version: found.node.version, path: found.path };
  return { stands: "missing", said, ...(found.first && { first: found.first.version }) };
}

async function pathFor(said: SaidNode, { folder, env }: Where, say: Say): Promise<Result<string>> {
  const found = pathWithNode(said.range, env, folder);
  if (found.was !== "missing") return ok(found.path);
  say({ notice: "fetchingNode", range: said.text, from: said.from });
  const started = performance.now();
  const fetched = await fetchNode({ range: said.range, env, folder });
  if ("message" in fetched) {
    const { text, from } = said;
    const here = found.first === undefined ? "there is none on PATH" : `on PATH is ${found.first.version}`;
    return failed({
      code: "node-missing",
      message: `The project needs Node ${text} (${from}), and ${here}. ${fetched.message}`,
      cause: fetched.cause,
      hint: `${fetched.hint}\nOr install Node ${text} in the way you usually do: nvm, fnm, volta and the like are looked into.`,
    });
  }
  say({ notice: "fetchedNode", version: fetched.version, tookMs: performance.now() - started });
  const again = pathWithNode(said.range, env, folder);
  if (again.was === "missing")
    throw new Error(`Node ${fetched.version} was fetched for ${said.range}, and is not found`);
  return ok(again.path);
}

export function unclear({ unclear: text, from }: UnclearNode) {
  return {
    code: "node-unclear",
    message: `${from} says the Node to use is "${text}", which is no version that Tidegate knows`,
    hint: `Write a version or a range into ${from}, such as 22 or >=20.`,
  } as const;
}
