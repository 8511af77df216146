import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { isWithin, matches } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { Trace } from "./trace.ts";

/** What a task did beyond what it declares. Paths are relative to the project, sorted; those outside are absolute. */
export interface AuditFindings {
  /** A folder whose names were read ends with a slash. What was read and then written is also among `writes`. */
  readonly reads: readonly string[];
  /** Also what it removed, or gave another mode. */
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
  /** The files that are in a folder of the project itself, now; `undefined`: there is no such folder. */
  filesIn(folder: string): readonly string[] | undefined;
  /** Whether a path outside of the project belongs to the system or its tools. */
  isSystem(path: string): boolean;
}

/** What of a trace is not covered by the task's definition. */
export function undeclared(scope: AuditScope, trace: Trace): Omit<AuditFindings, "add"> {
  const { patterns } = scope.task;
  const own = (paths: Iterable<string>) =>
    [...paths]
      .filter((path) => isWithin(path, scope.projectFolder))
      .map((path) => path.slice(scope.projectFolder.length + 1))
      .filter((path) => !/^\.tidegate(\/|$)/.test(path) && !covers(patterns.outputs, path));
  const removed = new Set(own(trace.removed));
  // What it made and removed again was only for the while.
  const counts = (path: string) => scope.isFile(path) || removed.has(path);
  const isInput = (path: string) => scope.inputs.has(path) || covers(scope.outputsBehind, path);
  const foreign = [...trace.read].filter((path) => !isWithin(path, scope.projectFolder) && !scope.isSystem(path));
  const listed = own(trace.listed).filter((folder) => !isInput(folder) && !isNamedWhole(scope, folder));
  return {
    reads: sorted([
      ...own(trace.read).filter((path) => !isInput(path) && counts(path)),
      ...listed.map((folder) => `${folder === "" ? "." : folder}/`),
    ]),
    writes: sorted(own(trace.written).filter(counts)),
    outside: sorted(foreign),
  };
}

/** Whether a pattern of the task says which names of a folder count; git's own names are nobody's input. */
function isNamedWhole(scope: AuditScope, folder: string): boolean {
  const files = scope.filesIn(folder);
  if (files === undefined || isWithin(folder, ".git")) return true;
  // A name that no file has: patterns that mean it mean every name.
  const names = [...files, folder === "" ? "\u0001" : `${folder}/\u0001`];
  const patterns = (scope.task.patterns.inputs ?? []).map(({ pattern }) => pattern).filter(({ excluded }) => !excluded);
  return patterns.some((pattern) => isWithin(folder, pattern.base) && names.some((name) => matches(pattern, name)));
}

function covers(claims: readonly Claim[], path: string): boolean {
  return claims.some(({ pattern }) => matches(pattern, path));
}

export function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(byCodeUnit);
}
