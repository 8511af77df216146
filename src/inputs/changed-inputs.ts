import { readlinkSync } from "node:fs";
import { posix } from "node:path";
import { lstatIfThere } from "../files/lstat-if-there.ts";
import type { Graph, GraphTask } from "../graph/graph.ts";
import { OutputSet } from "../graph/outputs/output-set.ts";
import { isWithin, matches, type Pattern, parsePattern } from "../graph/patterns/pattern.ts";
import { assumedInputs } from "../graph/selection/affected.ts";
import { toArgv } from "../process/command.ts";
import { impliedRequests, requestsOf } from "./gather-inputs.ts";
import type { ChangedPaths } from "./git/git-changes.ts";
import type { Request } from "./input-tree.ts";
import { programsOf } from "./tools.ts";
import { type FoundFile, walkInputs } from "./walk-inputs.ts";

/** Changes by the names under which tasks and conditions read them. */
export interface ChangedInputs {
  /** Every changed file by its own name, and by those that links to folders give it. */
  readonly files: readonly string[];
  /** Links and repositories that changed, likewise. */
  readonly folders: readonly string[];
  /** By task, a file that it reads whose name alone does not tell that it changed. */
  readonly readers: ReadonlyMap<string, string>;
  /** Files that are asked for besides the tasks' inputs, and that changed or cannot be known not to have. */
  readonly asked: readonly string[];
}

/**
 * What git says of changes, held against what is really read: one walk over all inputs finds what stands behind a link, what a
 * command implies, and what git does not look at (ignored, taken for unchanged), which counts as changed. So at least every
 * task is found of which a whole run would say that an input changed. A task that declares no inputs is held to read its whole
 * package, or the project, as if it said so. `patterns`: what else is asked for, with its exclusions.
 */
export function changedInputs(
  projectFolder: string,
  graph: Graph,
  changes: ChangedPaths,
  patterns: readonly (readonly Pattern[])[],
): ChangedInputs {
  const links = new Links(projectFolder);
  const changed = new ChangedSet(changes, links);
  const askers = askersOf(graph);
  for (const request of patterns.flatMap(requestsFor)) askers.set(request, []);
  const readers = new Map<string, string>();
  const asked = new Set<string>();
  const note = (tasks: readonly string[], path: string) => {
    if (tasks.length === 0) asked.add(path);
    for (const task of tasks) if (!readers.has(task)) readers.set(task, path);
  };
  const outputs = new OutputSet(graph);
  walkInputs(projectFolder, askers.keys(), (path) => outputs.has(path), {
    found: (request, file) => {
      const tasks = askers.get(request)!;
      const isKnown = tasks.length > 0 && tasks.every((task) => readers.has(task));
      if (!isKnown && changed.has(file)) note(tasks, file.path);
    },
    // It cannot be known not to have changed; a run that comes to it says what is wrong with it.
    refused: (request, path) => note(askers.get(request)!, path),
  });
  const files = links.allNames(changes.files);
  for (const task of graph.values()) {
    if (readers.has(task.name)) continue;
    const implied = [...impliedRequests(task).map(({ pattern }) => pattern), ...ownPrograms(task)];
    const file = files.find((each) => implied.some((pattern) => matches(pattern, each)));
    if (file !== undefined) readers.set(task.name, file);
  }
  return { files, folders: links.allNames(changes.folders), readers, asked: [...asked] };
}

/** What is asked for, and by which tasks. Those that declare no inputs and read the same folder ask for it together. */
function askersOf(graph: Graph): Map<Request, readonly string[]> {
  const askers = new Map<Request, readonly string[]>();
  const undeclared = [...graph.values()].filter(({ patterns }) => patterns.inputs === undefined);
  for (const tasks of Map.groupBy(undeclared, placesOf).values()) {
    const names = tasks.map(({ name }) => name);
    for (const pattern of assumedInputs(tasks[0]!)) askers.set({ pattern, excluded: modules }, names);
  }
  for (const task of graph.values()) for (const [request] of requestsOf(task)) askers.set(request, [task.name]);
  return askers;
}

/** The same for those that read the same. */
function placesOf(task: GraphTask): string {
  return assumedInputs(task)
    .map(({ text }) => text)
    .join("\0");
}

/** What is installed is no source of the package, also where a link leads to it. */
const modules = parsed("!**/node_modules");

/** Programs that are files of the project. */
function ownPrograms({ task }: GraphTask): Pattern[] {
  const named = programsOf(toArgv(task.run)).filter((program) => program.includes("/"));
  return named.flatMap(parsed);
}

function parsed(text: string): Pattern[] {
  const { ok, ...found } = parsePattern(text);
  return ok && "pattern" in found ? [found.pattern] : [];
}

function requestsFor(patterns: readonly Pattern[]): Request[] {
  const excluded = patterns.filter((pattern) => pattern.excluded);
  return patterns.filter((pattern) => !pattern.excluded).map((pattern) => ({ pattern, excluded }));
}

/** What git knows to have changed, or does not know. */
class ChangedSet {
  readonly #links: Links;
  readonly #files: ReadonlySet<string>;
  /** Folders that something changed in. */
  readonly #above: ReadonlySet<string>;
  /** Changed with all that is in them. */
  readonly #whole: ReadonlySet<string>;

  constructor({ files, folders, unseen }: ChangedPaths, links: Links) {
    this.#links = links;
    this.#files = new Set([...files, ...unseen.filter((path) => !path.endsWith("/"))]);
    this.#above = new Set(files.flatMap(foldersAbove));
    const hidden = unseen.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1));
    this.#whole = new Set([...folders, ...hidden]);
  }

  /** By where a file really lies, and by every link on the way there. */
  has({ path, link, stat }: FoundFile): boolean {
    const { real, via } = link === undefined ? this.#links.file(path) : this.#links.resolve(path);
    if (this.#isChanged(path) || this.#isChanged(real) || via.some((each) => this.#isChanged(each))) return true;
    // A link to what is no file: what it led to may be gone.
    return link !== undefined && !stat?.isFile() && this.#above.has(real);
  }

  #isChanged(path: string): boolean {
    return this.#files.has(path) || this.#whole.has(path) || foldersAbove(path).some((above) => this.#whole.has(above));
  }
}

interface Resolved {
  /** Relative to the project; of what is not there, or outside of it, as far as it can be told. */
  readonly real: string;
  /** The links on the way, by where they really lie. */
  readonly via: readonly string[];
}

const longestWay = 40;

/** Where paths of the project really lie. Each folder is looked at once. */
class Links {
  readonly #projectFolder: string;
  readonly #known = new Map<string, Resolved>([["", { real: "", via: [] }]]);

  constructor(projectFolder: string) {
    this.#projectFolder = projectFolder;
  }

  /** Of something that is no link itself. */
  file(path: string): Resolved {
    const folder = this.resolve(parentOf(path));
    return { ...folder, real: joined(folder.real, posix.basename(path)) };
  }

  resolve(path: string, depth = 0): Resolved {
    const known = this.#known.get(path);
    if (known) return known;
    const folder = depth < longestWay ? this.resolve(parentOf(path), depth + 1) : { real: parentOf(path), via: [] };
    const here = joined(folder.real, posix.basename(path));
    const target = this.#targetOf(here);
    const resolved = target === undefined ? { real: here, via: folder.via } : this.#follow(here, target, folder, depth);
    this.#known.set(path, resolved);
    return resolved;
  }

  /** These names, and those by which the folders that were looked at lead to the same. */
  allNames(paths: readonly string[]): string[] {
    const aliases = [...this.#known].filter(([path, { real }]) => path !== real && !this.#isBelowAlias(path, real));
    const names = new Set(paths);
    for (const [alias, { real }] of aliases) {
      for (const path of paths)
        if (isWithin(path, real)) names.add(real === "" ? joined(alias, path) : alias + path.slice(real.length));
    }
    return [...names];
  }

  #follow(here: string, target: string, folder: Resolved, depth: number): Resolved {
    const via = [...folder.via, here];
    const next = target.startsWith("/")
      ? posix.relative(this.#projectFolder, target)
      : posix.normalize(joined(parentOf(here), target));
    if (next.startsWith("..") || depth >= longestWay) return { real: here, via };
    const further = this.resolve(next === "." ? "" : next.replace(/\/$/, ""), depth + 1);
    return { real: further.real, via: [...via, ...further.via] };
  }

  #targetOf(path: string): string | undefined {
    try {
      const file = `${this.#projectFolder}/${path}`;
      return lstatIfThere(file)?.isSymbolicLink() ? readlinkSync(file) : undefined;
    } catch {
      return undefined;
    }
  }

  #isBelowAlias(path: string, real: string): boolean {
    const folder = this.#known.get(parentOf(path));
    return folder !== undefined && joined(folder.real, posix.basename(path)) === real;
  }
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** `a/b/c` → `a/b`, `a`. */
function foldersAbove(path: string): string[] {
  const above: string[] = [];
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) above.push(folder);
  return above;
}
