import { dirname } from "node:path";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { isWithin, matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { Trace } from "./trace.ts";

/** What a task did beyond what it declares. Paths are relative to the project, sorted; those outside are absolute. */
export interface AuditFindings {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Read outside of the project, and not of the system or its tools. */
  readonly outside: readonly string[];
  /** Lines for the task's definition. */
  readonly add: readonly string[];
}

export interface AuditScope {
  readonly projectFolder: string;
  readonly task: GraphTask;
  /** The inputs that were found, and what they lead to when they are links. */
  readonly inputs: ReadonlySet<string>;
  readonly outputsBehind: readonly Claim[];
  /** The task of whose outputs a path is one. */
  ownerOf(path: string): string | undefined;
  /** Whether there is a file at a path of the project, now. */
  isFile(path: string): boolean;
  /** Whether a path outside of the project belongs to the system or its tools. */
  isSystem(path: string): boolean;
}

/** So many files of one folder are named one by one. */
const namedFiles = 4;

/** What of a trace is not covered by the task's definition. `isIgnored`: whether git ignores a path. */
export function undeclared(scope: AuditScope, trace: Trace): Omit<AuditFindings, "add"> {
  const own = (paths: Iterable<string>) =>
    [...paths].filter((path) => isWithin(path, scope.projectFolder) && path !== scope.projectFolder);
  const relative = (path: string) => path.slice(scope.projectFolder.length + 1);
  const written = new Set(own(trace.written).map(relative));
  const isHidden = (path: string) => /^\.tidegate(\/|$)/.test(path);
  const isOwnOutput = (path: string) => covers(scope.task.patterns.outputs, path);
  const isInput = (path: string) => scope.inputs.has(path) || covers(scope.outputsBehind, path);
  const reads = own(trace.read).map(relative);
  const foreign = [...trace.read].filter((path) => !isWithin(path, scope.projectFolder) && !scope.isSystem(path));
  return {
    reads: sorted(
      reads.filter(
        (path) => !isHidden(path) && !written.has(path) && !isOwnOutput(path) && !isInput(path) && scope.isFile(path),
      ),
    ),
    // What is gone again was only for the while.
    writes: sorted([...written].filter((path) => !isHidden(path) && !isOwnOutput(path) && scope.isFile(path))),
    outside: sorted(foreign),
  };
}

/** The lines that declare what was found: whole lists, to be put in place of those that are there. */
export function linesToAdd(
  scope: AuditScope,
  { reads, writes }: Pick<AuditFindings, "reads" | "writes">,
  isIgnored: (path: string) => boolean,
): string[] {
  const { task, needs } = scope.task;
  const owners = new Set(reads.map((path) => scope.ownerOf(path)).filter((owner) => owner !== undefined));
  const files = reads.filter((path) => scope.ownerOf(path) === undefined && !isWithin(path, ".git"));
  const inputs = patternsOf(files.filter((path) => !isIgnored(path)));
  const local = patternsOf(files.filter(isIgnored));
  const outputs = patternsOf(writes.filter((path) => scope.ownerOf(path) === undefined && !scope.inputs.has(path)));
  return [
    ...(owners.size === 0 ? [] : [`needs: [${[...needs, ...sorted([...owners])].join(", ")}],`]),
    ...line("inputs", task.inputs ?? [], inputs),
    ...line("localInputs", task.localInputs ?? [], local),
    ...line("outputs", task.outputs ?? [], outputs),
  ];
}

function line(key: string, before: readonly string[], more: readonly string[]): string[] {
  if (more.length === 0) return [];
  return [`${key}: [${[...before, ...more].map((text) => JSON.stringify(text)).join(", ")}],`];
}

/** Packages are one folder, many files of a folder are a pattern, few are named. */
function patternsOf(paths: readonly string[]): string[] {
  const folderOf = (path: string) => /^(?:.*?\/)?node_modules(?=\/)/.exec(path)?.[0] ?? dirname(path);
  const patterns = [...Map.groupBy(paths, folderOf)].flatMap(([folder, files]) => {
    if (folder.endsWith("node_modules")) return [`${folder}/`];
    return files.length > namedFiles && folder !== "." ? [`${folder}/**`] : files;
  });
  const folders = patterns.filter((pattern) => pattern.endsWith("/**")).map((pattern) => pattern.slice(0, -3));
  const isCovered = (pattern: string) =>
    folders.some((folder) => isWithin(pattern, folder) && pattern !== `${folder}/**`);
  return sorted(patterns.filter((pattern) => !isCovered(pattern)));
}

function covers(claims: readonly Claim[], path: string): boolean {
  return claims.some(({ pattern }) => matches(pattern, path));
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(byCodeUnit);
}
