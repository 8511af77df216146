import type { Graph } from "../graph.ts";
import { isWithin, matches, type Pattern } from "../patterns/pattern.ts";

/**
 * All outputs of a pipeline, to keep them out of what the walk for inputs finds: what a task writes reaches another
 * one through `needs`, as a digest, and never as a file that is read too early.
 */
export class OutputSet {
  readonly #paths = new Set<string>();
  readonly #globs: Pattern[] = [];

  constructor(graph: Graph) {
    for (const { patterns } of graph.values()) {
      for (const { pattern } of patterns.outputs) {
        if (pattern.kind === "glob") this.#globs.push(pattern);
        else this.#paths.add(pattern.base);
      }
    }
  }

  /** Whether a path is an output. For a walk from the top, which does not enter what is: folders above are not looked at. */
  has(path: string): boolean {
    return this.#paths.has(path) || this.#globs.some((pattern) => matches(pattern, path));
  }

  /** Whether a path is an output, or in one. */
  contains(path: string): boolean {
    if (this.has(path)) return true;
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
      if (this.has(path.slice(0, slash))) return true;
    return false;
  }
}

/** Whether one pattern's files may be among, or contain, the other's. */
export function mayMeet(a: Pattern, b: Pattern): boolean {
  return isWithin(a.base, b.base) || isWithin(b.base, a.base);
}
