import type { Graph, GraphTask } from "../../graph/graph.ts";
import { OutputSet } from "../../graph/outputs/output-set.ts";
import { isWithin, matches, parsePattern } from "../../graph/patterns/pattern.ts";
import { asksFor, enters, type InputNode, inputTree, type Request } from "../../inputs/input-tree.ts";
import { impliedInputs, programsOf } from "../../inputs/tools.ts";
import { toArgv } from "../../process/command.ts";

/** What a file that changed means. */
export interface Concern {
  /** Tasks that declare it as an input. */
  readonly readers: readonly string[];
  /** Whether the definition is made of it, or it says which packages there are. */
  readonly shapesGraph: boolean;
  /** Whether a task that declares no inputs may read it. */
  readonly mayMatter: boolean;
}

export interface SourcesOptions {
  /** The whole graph: its outputs are never sources. */
  readonly graph: Graph;
  /** The tasks that are run. */
  readonly selected: Graph;
  /** Files of the definition, relative to the project. */
  readonly definition: readonly string[];
  /** Whether package.json files decide which tasks there are. */
  readonly hasPackages: boolean;
}

const nothing: Concern = { readers: [], shapesGraph: false, mayMatter: false };

/** Files that editors and systems put beside what is edited: they come and go, and nobody wrote them. */
const besideEditing =
  /(^|\/)(\.[^/]*\.sw[a-px]|[^/]*~|\.#[^/]*|#[^/]*#|4913|\.DS_Store|\.goutputstream-[^/]*|[^/]*\.tmp\.\d+\.\w+)$/;

/** Knows which files are sources: what tasks read, and what the graph is made of. No input or output. */
export class Sources {
  readonly #outputs: OutputSet;
  readonly #tree: InputNode;
  readonly #readers: ReadonlyMap<Request, string>;
  readonly #shaping: ReadonlySet<Request>;
  readonly #hasUnknownReaders: boolean;

  constructor({ graph, selected, definition, hasPackages }: SourcesOptions) {
    this.#outputs = new OutputSet(graph);
    this.#hasUnknownReaders = [...selected.values()].some(readsUnknown);
    const reading = [...selected.values()].flatMap((task) =>
      requestsOf(task).map((request): [Request, string] => [request, task.name]),
    );
    this.#readers = new Map(reading);
    const shaping = [...definition, ...(hasPackages ? ["**/package.json", "pnpm-workspace.yaml"] : [])];
    this.#shaping = new Set(shaping.flatMap(requestFor));
    this.#tree = inputTree([...this.#readers.keys(), ...this.#shaping]);
  }

  /** What it means that this file has changed. `path`: relative to the project. */
  of(path: string): Concern {
    if (besideEditing.test(path) || this.#isHidden(path)) return nothing;
    const asking = [...this.#asking(path)];
    const readers = asking.flatMap((request) => this.#readers.get(request) ?? []);
    return {
      readers: [...new Set(readers)],
      shapesGraph: asking.some((request) => this.#shaping.has(request)),
      mayMatter: this.#hasUnknownReaders && !isIn("node_modules", path),
    };
  }

  isSource(path: string): boolean {
    const { readers, shapesGraph, mayMatter } = this.of(path);
    return readers.length > 0 || shapesGraph || mayMatter;
  }

  /** Whether sources can be in this folder or below. "" is the project. */
  mayHold(folder: string): boolean {
    if (folder === "") return true;
    if (this.#isHidden(folder)) return false;
    if (this.#hasUnknownReaders && !isIn("node_modules", folder)) return true;
    const segments = folder.split("/");
    let node: InputNode | undefined = this.#tree;
    let asking: Request[] = [...node.below];
    for (const [position, name] of segments.entries()) {
      const path = segments.slice(0, position + 1).join("/");
      asking = asking.filter((request) => enters(request, path, name));
      node = node?.children.get(name);
      if (node !== undefined) asking.push(...node.here, ...node.below);
    }
    return node !== undefined || asking.length > 0;
  }

  *#asking(path: string): Iterable<Request> {
    let node: InputNode | undefined = this.#tree;
    const candidates: Request[] = [...node.below];
    for (const name of path.split("/")) {
      node = node.children.get(name);
      if (node === undefined) break;
      candidates.push(...node.here, ...node.below);
    }
    for (const request of candidates) if (isAskedFor(request, path)) yield request;
  }

  #isHidden(path: string): boolean {
    if (isIn(".git", path) || isIn(".tidegate", path)) return true;
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      if (this.#outputs.has(path.slice(0, slash))) return true;
    }
    return this.#outputs.has(path);
  }
}

/** Whether it is not known what a task reads. */
export function readsUnknown({ patterns }: GraphTask): boolean {
  return patterns.inputs === undefined;
}

function requestsOf({ task, patterns }: GraphTask): Request[] {
  const claims = patterns.inputs ?? [];
  const excluded = claims.map(({ pattern }) => pattern).filter((pattern) => pattern.excluded);
  const declared = claims.flatMap(({ pattern }) => (pattern.excluded ? [] : [{ pattern, excluded }]));
  return [...declared, ...impliedInputs(programsOf(toArgv(task.run))).flatMap(requestFor)];
}

function requestFor(text: string): Request[] {
  const parsed = parsePattern(text);
  return parsed.ok ? [{ pattern: parsed.pattern, excluded: [] }] : [];
}

function isAskedFor(request: Request, path: string): boolean {
  const { pattern, excluded } = request;
  if (!isWithin(path, pattern.base) || !asksFor(request, path)) return false;
  if (!pattern.entersModules && isIn("node_modules", path)) return false;
  return !excluded.some((each) => matches(each, path));
}

function isIn(folder: string, path: string): boolean {
  return (
    path === folder || path.startsWith(`${folder}/`) || path.endsWith(`/${folder}`) || path.includes(`/${folder}/`)
  );
}
