import type { SelectionReason } from "../../events/event.ts";
import type { Graph, GraphTask } from "../graph.ts";
import { OutputSet } from "../outputs/output-set.ts";
import { matches, mayMatchBelow, type Pattern } from "../patterns/pattern.ts";

/** What has changed, by the names under which it is read. Paths are relative to the project. */
export interface Changed {
  readonly files: readonly string[];
  /** Links and repositories of which everything behind or in them may have changed. */
  readonly folders?: readonly string[];
  /** By task, a file that it reads, where names alone do not tell. */
  readonly readers?: ReadonlyMap<string, string>;
  /** Files that reach everything. */
  readonly definition: readonly string[];
}

/**
 * The tasks that changes reach: those that read something changed, and those that need such a task. What a task reads is
 * what it declares; one that declares nothing reads its package, or the whole project. A change of the definition reaches
 * all tasks. In the graph's order, each with the first cause.
 */
export function affectedTasks(graph: Graph, changed: Changed): Map<string, SelectionReason> {
  const everything = new Set(changed.definition);
  const definition = changed.files.find((file) => everything.has(file));
  const readers = definition === undefined ? readersOf(graph, changed) : new Map<string, string>();
  const affected = new Map<string, SelectionReason>();
  for (const { name, needs, task } of graph.values()) {
    // What cleans up comes along with what it cleans up behind, and not for its own sake.
    if (task.always && needs.length > 0) continue;
    const file = definition ?? readers.get(name);
    const need = needs.find((each) => affected.has(each));
    if (file !== undefined) affected.set(name, { reason: "changedFile", file });
    else if (need !== undefined) affected.set(name, { reason: "needAffected", need });
  }
  return affected;
}

interface Reader {
  readonly task: string;
  readonly pattern: Pattern;
  readonly excluded: readonly Pattern[];
}

/** For each task that reads one, the first changed file. Costs the depth of the paths, and not the number of tasks. */
function readersOf(graph: Graph, { files, folders = [], readers = new Map() }: Changed): Map<string, string> {
  const byBase = new Map<string, Reader[]>();
  for (const task of graph.values()) {
    for (const reader of patternsOf(task)) {
      const { base } = reader.pattern;
      const others = byBase.get(base);
      if (others) others.push(reader);
      else byBase.set(base, [reader]);
    }
  }
  const found = new Map<string, string>(readers);
  const outputs = new OutputSet(graph);
  for (const file of files) {
    // What a task writes is no source, wherever it lies.
    if (outputs.contains(file)) continue;
    for (const base of basesOf(file)) {
      for (const { task, pattern, excluded } of byBase.get(base) ?? []) {
        if (found.has(task) || !matches(pattern, file) || excluded.some((each) => matches(each, file))) continue;
        found.set(task, file);
      }
    }
  }
  for (const { task, pattern, excluded } of folders.length === 0 ? [] : [...byBase.values()].flat()) {
    const folder = folders.find((each) => mayMatchBelow(pattern, excluded, each));
    if (folder !== undefined && !found.has(task)) found.set(task, folder);
  }
  return found;
}

function patternsOf(task: GraphTask): Reader[] {
  const { name, patterns } = task;
  const { inputs } = patterns;
  if (inputs === undefined) return assumedInputs(task).map((pattern) => ({ task: name, pattern, excluded: [] }));
  const excluded = inputs.map(({ pattern }) => pattern).filter((pattern) => pattern.excluded);
  return inputs.filter(({ pattern }) => !pattern.excluded).map(({ pattern }) => ({ task: name, pattern, excluded }));
}

/** What a task that declares no inputs is held to read: its package and what counts besides, or the whole project. */
export function assumedInputs({ package: of }: GraphTask): Pattern[] {
  if (of === undefined) return [folderPattern("")];
  return [folderPattern(of.folder), ...of.implied.filter((pattern) => !pattern.excluded)];
}

function folderPattern(base: string): Pattern {
  return { kind: "folder", text: `${base}/`, excluded: false, base, entersModules: false };
}

/** `a/b/c` → `a/b/c`, `a/b`, `a`, and the project itself. */
function basesOf(file: string): string[] {
  const bases = [file];
  for (let slash = file.lastIndexOf("/"); slash > 0; slash = file.lastIndexOf("/", slash - 1))
    bases.push(file.slice(0, slash));
  return [...bases, ""];
}
