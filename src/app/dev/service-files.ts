import type { Graph } from "../../graph/graph.ts";
import { OutputSet } from "../../graph/outputs/output-set.ts";
import { isWithin, matches, mayMatchBelow, type Pattern, parsePattern } from "../../graph/patterns/pattern.ts";
import type { TreeFilter } from "../watch/source-tree.ts";

/** Folders of what nobody edits: changes there come with a task, or with an installation. */
const leftOut = new Set([".git", ".tidegate", "node_modules", ".venv", "__pycache__"]);

export function isLeftOut(folder: string): boolean {
  return leftOut.has(folder);
}

/** The files that services run from and people edit: what tasks write changes with their runs. No input or output. */
export class ServiceFiles implements TreeFilter {
  readonly #patterns: readonly Pattern[];
  readonly #excluded: readonly Pattern[];
  readonly #outputs: OutputSet;

  constructor(services: readonly { readonly files: readonly string[] }[], graph: Graph) {
    const all = services.flatMap(({ files }) => files).flatMap(patternOf);
    this.#patterns = all.filter(({ excluded }) => !excluded);
    this.#excluded = all.filter(({ excluded }) => excluded);
    this.#outputs = new OutputSet(graph);
  }

  isSource(path: string): boolean {
    if (path.split("/").some(isLeftOut) || this.#isOutput(path)) return false;
    return (
      this.#patterns.some((pattern) => matches(pattern, path)) && !this.#excluded.some((one) => matches(one, path))
    );
  }

  mayHold(folder: string): boolean {
    if (folder === "") return true;
    if (folder.split("/").some(isLeftOut) || this.#isOutput(folder)) return false;
    return this.#patterns.some((pattern) => mayMatchBelow(pattern, [], folder));
  }

  /** The tasks that write what services consist of; packages that are installed are among it. */
  writers(graph: Graph): string[] {
    const writes = ({ base }: Pattern) =>
      this.#patterns.some((file) => isWithin(base, file.base) || isWithin(file.base, base));
    const all = [...graph.values()].filter(({ patterns }) => patterns.outputs.some(({ pattern }) => writes(pattern)));
    return all.map(({ name }) => name);
  }

  #isOutput(path: string): boolean {
    const parts = path.split("/");
    return parts.some((_, at) => this.#outputs.has(parts.slice(0, at + 1).join("/")));
  }
}

function patternOf(text: string): Pattern[] {
  const parsed = parsePattern(text);
  return parsed.ok ? [parsed.pattern] : [];
}
