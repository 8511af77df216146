import { isWithin, type Pattern, segmentsBelow } from "../graph/patterns/pattern.ts";

/** Asks for the files of one pattern. */
export interface Request {
  readonly pattern: Pattern;
  /** What `!` patterns beside it exclude. */
  readonly excluded: readonly Pattern[];
}

/** A folder on the way to what patterns ask for. */
export interface InputNode {
  readonly children: Map<string, InputNode>;
  /** Requests for exactly this path. */
  readonly here: Request[];
  /** Requests whose wildcards begin below this folder. */
  readonly below: Request[];
}

/**
 * Requests as a tree of folders: a walk that follows it enters no folder that no pattern can reach, and a folder with
 * plain paths only need not even be listed.
 */
export function inputTree(requests: Iterable<Request>): InputNode {
  const root = emptyNode();
  for (const request of requests) {
    const { pattern } = request;
    const node = pattern.base === "" ? root : descend(root, pattern.base);
    (pattern.kind === "glob" || pattern.base === "" ? node.below : node.here).push(request);
  }
  return root;
}

function descend(root: InputNode, path: string): InputNode {
  let node = root;
  for (const segment of path.split("/")) {
    let child = node.children.get(segment);
    if (child === undefined) {
      child = emptyNode();
      node.children.set(segment, child);
    }
    node = child;
  }
  return node;
}

function emptyNode(): InputNode {
  return { children: new Map(), here: [], below: [] };
}

/** Whether a request that asks for things below some folder also asks for things below this folder in it. */
export function enters({ pattern, excluded }: Request, folder: string, name: string): boolean {
  if (name === "node_modules" && !pattern.entersModules) return false;
  if (pattern.kind === "glob" && segmentsBelow(pattern.base, folder) >= pattern.depth) return false;
  return !excluded.some((each) => each.kind !== "glob" && isWithin(folder, each.base));
}

/** Whether a request asks for this file, which stands below the request's base. */
export function asksFor(request: Request, file: string): boolean {
  const { pattern } = request;
  if (pattern.kind !== "glob") return true;
  return pattern.expression.test(pattern.base === "" ? file : file.slice(pattern.base.length + 1));
}
