import { readdirSync } from "node:fs";
import { join } from "node:path";
import { lstatIfThere } from "../../../files/lstat-if-there.ts";
import type { Graph } from "../../../graph/graph.ts";
import { OutputSet } from "../../../graph/outputs/output-set.ts";

type Looked = ReadonlyMap<string, string>;

/**
 * What tasks write that is nobody's output, where their processes cannot be watched: the tree before and after each of them.
 * Only right when one task runs at a time. What a task reads is not seen.
 */
export class WrittenFiles {
  readonly #folder: string;
  readonly #outputs: OutputSet;
  #before: Looked;

  constructor(folder: string, graph: Graph) {
    this.#folder = folder;
    this.#outputs = new OutputSet(graph);
    this.#before = this.#look();
  }

  /** Paths that were written, made or removed since the last call; sorted. */
  since(): { readonly made: readonly string[]; readonly changed: readonly string[] } {
    const before = this.#before;
    const after = this.#look();
    this.#before = after;
    const made = [...after.keys()].filter((path) => !before.has(path));
    const changed = [...before].filter(([path, state]) => after.get(path) !== state).map(([path]) => path);
    return { made: made.sort(), changed: changed.sort() };
  }

  #look(): Looked {
    const found = new Map<string, string>();
    const queue = [""];
    for (const folder of queue) {
      for (const entry of readdirSync(join(this.#folder, folder), { withFileTypes: true })) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (path === ".git" || path === ".tidegate" || this.#outputs.has(path)) continue;
        if (entry.isDirectory()) queue.push(path);
        else found.set(path, stateOf(join(this.#folder, path)));
      }
    }
    return found;
  }
}

function stateOf(file: string): string {
  const stat = lstatIfThere(file);
  return stat === undefined ? "" : `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
}
