import { nearest } from "../../definition/distance.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { SelectionReason } from "../../events/event.ts";
import type { Graph, GraphTask } from "../graph.ts";
import { filterPackages } from "../workspace/filter.ts";
import type { WorkspacePackage } from "../workspace/package.ts";
import { affectedTasks, type Changed } from "./affected.ts";

/** Which tasks of a graph are asked for. What stands together here is all to hold. */
export interface Choice {
  /** Of tasks, matrices, or the tasks of the packages; all when empty. */
  readonly names: readonly string[];
  /** Only in the packages that these mean. */
  readonly filters?: readonly string[];
  /** Only what these changes reach. */
  readonly changed?: Changed;
}

export interface Selection {
  /** The chosen tasks and all they need, in the graph's order. */
  readonly tasks: Graph;
  readonly reasons: ReadonlyMap<string, SelectionReason>;
}

/**
 * Chooses tasks, and says why each is there. A task that cleans up comes along when everything it needs is there. Fails
 * with `unknown-task` and `unknown-package` for what means nothing.
 */
export function select(graph: Graph, packages: readonly WorkspacePackage[], choice: Choice): Result<Selection> {
  const { names, filters = [], changed } = choice;
  const groups = groupNames(graph);
  const unknown = names
    .filter((name) => !graph.has(name) && !groups.has(name))
    .map((name) => unknownTask(name, graph, groups));
  const { packages: inPackages, useless } = filterPackages(packages, filters);
  const failures = [...unknown, ...useless.map((filter) => unknownPackage(filter, packages))];
  if (failures.length > 0) return failed(...failures);
  if (names.length === 0 && filters.length === 0 && changed === undefined)
    return ok({ tasks: graph, reasons: new Map() });
  const affected = changed && affectedTasks(graph, changed);
  const named = new Set(names);
  const reasons = new Map<string, SelectionReason>();
  for (const task of graph.values()) {
    const filter = filters.length > 0 && task.package ? inPackages.get(task.package.name) : undefined;
    const isNamed = names.length === 0 || named.has(task.name) || (task.group !== undefined && named.has(task.group));
    if (!isNamed || (filters.length > 0 && filter === undefined)) continue;
    if (affected !== undefined && !affected.has(task.name)) continue;
    reasons.set(
      task.name,
      affected?.get(task.name) ?? (filter === undefined ? { reason: "named" } : { reason: "filter", filter }),
    );
  }
  return ok(withNeeds(graph, reasons));
}

function withNeeds(graph: Graph, chosen: ReadonlyMap<string, SelectionReason>): Selection {
  const reasons = new Map(chosen);
  // A map that grows while it is walked is walked to its new end.
  for (const name of reasons.keys()) {
    for (const need of graph.get(name)!.needs)
      if (!reasons.has(need)) reasons.set(need, { reason: "neededBy", task: name });
  }
  for (const task of graph.values()) {
    const last = task.needs.at(-1);
    if (reasons.has(task.name) || last === undefined || !cleansUpAfter(task, reasons)) continue;
    reasons.set(task.name, { reason: "cleansUp", task: last });
  }
  return { tasks: new Map([...graph].filter(([name]) => reasons.has(name))), reasons };
}

function cleansUpAfter({ task, needs }: GraphTask, selected: ReadonlyMap<string, unknown>): boolean {
  return task.always === true && needs.every((need) => selected.has(need));
}

/** Names that stand for several tasks. */
function groupNames(graph: Graph): ReadonlySet<string> {
  return new Set([...graph.values()].flatMap(({ group }) => group ?? []));
}

const mostShown = 20;

function unknownTask(name: string, graph: Graph, groups: ReadonlySet<string>): Failure {
  const alone = [...graph.values()].filter(({ group }) => group === undefined).map((task) => task.name);
  const names = [...alone, ...groups];
  const meant = nearest(name, [...names, ...graph.keys()]);
  return { code: "unknown-task", message: `The pipeline has no task "${name}"`, hint: hintFor(meant, names) };
}

function hintFor(meant: string | undefined, names: readonly string[]): string {
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  if (names.length === 0) return "The pipeline is empty.";
  return `Its tasks: ${names.slice(0, mostShown).join(", ")}${names.length > mostShown ? ", …" : ""}`;
}

function unknownPackage(filter: string, packages: readonly WorkspacePackage[]): Failure {
  const message = `--filter ${filter} matches no package of the workspace`;
  if (packages.length === 0) {
    return { code: "unknown-package", message, hint: "The definition has no tasks in packages: see `workspace(…)`." };
  }
  const names = packages.map(({ name }) => name);
  const meant = nearest(filter.replaceAll("...", ""), names);
  const hint =
    meant === undefined ? `Its packages: ${names.slice(0, mostShown).join(", ")}` : `Did you mean "${meant}"?`;
  return { code: "unknown-package", message, hint };
}
