import type { Problem } from "../definition/problem.ts";
import type { Matrix, Need, PackageTask, Task } from "../definition/types.ts";
import type { TaskPackage } from "./named-task.ts";
import { type NamedTask, pipelineTasks } from "./named-task.ts";
import type { TaskPatterns } from "./patterns/task-patterns.ts";
import { unknownNamedNeed, unknownNeed } from "./unknown-need.ts";
import type { Workspace } from "./workspace/package.ts";
import { packageTasks } from "./workspace/package-tasks.ts";

/** A task with its name and place in the graph. */
export interface GraphTask {
  readonly name: string;
  readonly task: Task;
  readonly stage: string;
  /** Names of the tasks it needs directly. */
  readonly needs: readonly string[];
  readonly patterns: TaskPatterns;
  /** Where it stands in the definition. */
  readonly path: Problem["path"];
  /** Names it together with others: the matrix it is of, or the task of the packages. */
  readonly group?: string;
  /** The package it stands in; absent for a task of the project. */
  readonly package?: TaskPackage;
}

/** The pipeline's tasks; each stands after everything it needs, and otherwise in the definition's order. */
export type Graph = ReadonlyMap<string, GraphTask>;

export interface BuiltGraph {
  /** Without the tasks that problems make unusable. */
  readonly graph: Graph;
  readonly problems: readonly Problem[];
}

/** Tasks that stand in packages, and the packages there are. */
export interface PackagePart {
  readonly tasks: Readonly<Record<string, PackageTask>>;
  readonly workspace: Workspace;
}

/**
 * The graph of a pipeline, and everything that is wrong with it. Paths of problems begin with "pipeline", or "packages".
 * 20,000 tasks take well below a second.
 */
export function buildGraph(pipeline: Readonly<Record<string, Task | Matrix>>, packages?: PackagePart): BuiltGraph {
  const problems: Problem[] = [];
  const own = pipelineTasks(pipeline, problems);
  const spread = packages && packageTasks(packages.tasks, packages.workspace, problems);
  const tasks = new Map([...own, ...(spread?.tasks ?? [])].map((task) => [task.name, task]));
  const names = new Map<Need, readonly string[]>(spread?.names);
  nameTasks(own, names, problems);
  for (const [name, entry] of Object.entries(pipeline))
    if (entry.kind === "matrix") names.set(entry, cellsOf(name, own));
  const needs = new Map<string, string[]>();
  for (const task of tasks.values()) needs.set(task.name, namesOfNeeds(task, tasks, names, problems));
  const order = topologicalOrder(needs);
  problems.push(...cycles(needs, new Set(order), tasks));
  return { graph: new Map(order.map((name) => [name, graphTask(tasks.get(name)!, needs.get(name)!)])), problems };
}

function nameTasks(tasks: readonly NamedTask[], names: Map<Need, readonly string[]>, problems: Problem[]): void {
  for (const { name, task, path } of tasks) {
    const other = names.get(task)?.[0];
    if (other !== undefined) {
      const message = `The same task is in the pipeline twice, as "${other}" and as "${name}"`;
      problems.push({ code: "invalid-definition", path, message, hint: "Give each name its own task(…)." });
    } else names.set(task, [name]);
  }
}

function cellsOf(matrix: string, tasks: readonly NamedTask[]): string[] {
  return tasks.filter(({ group }) => group === matrix).map(({ name }) => name);
}

function namesOfNeeds(
  { name, needs, group = name }: NamedTask,
  tasks: ReadonlyMap<string, NamedTask>,
  names: ReadonlyMap<Need, readonly string[]>,
  problems: Problem[],
): string[] {
  const found = new Set<string>();
  for (const { need, path } of needs) {
    const isUnknown = typeof need === "string" ? !tasks.has(need) : !names.has(need);
    if (!isUnknown) for (const each of typeof need === "string" ? [need] : names.get(need)!) found.add(each);
    else if (!isTold(problems, path)) {
      const isText = typeof need === "string";
      problems.push(isText ? unknownNamedNeed(group, path, need, tasks.keys()) : unknownNeed(name, path, need));
    }
  }
  return [...found];
}

/** A need of a task in many packages stands in the definition once. */
function isTold(problems: readonly Problem[], path: Problem["path"]): boolean {
  return path[0] === "packages" && problems.some((problem) => problem.path.join("\0") === path.join("\0"));
}

/** Kahn's algorithm; tasks in or behind a circle are left out. */
function topologicalOrder(needs: ReadonlyMap<string, readonly string[]>): string[] {
  const missing = new Map<string, number>();
  const dependants = new Map<string, string[]>();
  for (const [name, list] of needs) {
    missing.set(name, list.length);
    for (const need of list) {
      const waiting = dependants.get(need);
      if (waiting) waiting.push(name);
      else dependants.set(need, [name]);
    }
  }
  const order = [...needs.keys()].filter((name) => missing.get(name) === 0);
  for (const name of order) {
    for (const dependant of dependants.get(name) ?? []) {
      const left = missing.get(dependant)! - 1;
      missing.set(dependant, left);
      if (left === 0) order.push(dependant);
    }
  }
  return order;
}

/** Each circle once. What has no place in the order needs at least one other such task, so following them ends in a circle. */
function cycles(
  needs: ReadonlyMap<string, readonly string[]>,
  ordered: ReadonlySet<string>,
  tasks: ReadonlyMap<string, NamedTask>,
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const start of needs.keys()) {
    const trail: string[] = [];
    const positions = new Map<string, number>();
    let name: string | undefined = ordered.has(start) ? undefined : start;
    while (name !== undefined && !seen.has(name)) {
      seen.add(name);
      positions.set(name, trail.push(name) - 1);
      name = needs.get(name)!.find((need) => !ordered.has(need));
    }
    const from = name === undefined ? undefined : positions.get(name);
    if (from !== undefined) problems.push(cycle(trail.slice(from), tasks));
  }
  return problems;
}

function cycle(circle: readonly string[], tasks: ReadonlyMap<string, NamedTask>): Problem {
  const [first] = circle as [string];
  const second = circle[1] ?? first;
  const { path, package: of } = tasks.get(first)!;
  const crosses = circle.some((name) => tasks.get(name)!.package?.name !== of?.name);
  return {
    code: "dependency-cycle",
    path: of === undefined ? placeOfNeed(tasks.get(first)!, tasks.get(second)!) : [...path, "needs"],
    message: `Tasks need each other in a cycle: ${[...circle, first].join(" → ")}`,
    hint: hintFor(circle, tasks, crosses && of !== undefined),
  };
}

/** A need may mean many tasks, so that its place is not that among the tasks. */
function placeOfNeed({ needs, path }: NamedTask, second: NamedTask): Problem["path"] {
  return needs.find(({ need }) => need === second.name || need === second.task)?.path ?? [...path, "needs"];
}

function hintFor(circle: readonly string[], tasks: ReadonlyMap<string, NamedTask>, crosses: boolean): string {
  const named = circle.flatMap((name, position) => {
    const next = circle[(position + 1) % circle.length];
    return tasks.get(name)!.needs.some(({ need, isNamed }) => isNamed && need === next) ? [next] : [];
  });
  if (named.length > 0) return `Remove one of these from \`needs\`: ${named.join(", ")}.`;
  return crosses ? packagesHint(circle, tasks) : "Remove one of these needs.";
}

/** The circle is one of the packages' dependencies: it is there that it is broken. */
function packagesHint(circle: readonly string[], tasks: ReadonlyMap<string, NamedTask>): string {
  const files = circle.map((name) => tasks.get(name)!.package?.folder).filter((folder) => folder !== undefined);
  const list = [...new Set(files)].map((folder) => (folder === "" ? "package.json" : `${folder}/package.json`));
  return `These packages depend on each other: remove one dependency from ${list.join(", ")}.`;
}

function graphTask({ name, task, path, group, package: of, patterns }: NamedTask, needs: readonly string[]): GraphTask {
  const stage = task.stage ?? "build";
  return { name, task, stage, needs, patterns, path, ...(group && { group }), ...(of && { package: of }) };
}

/** The names of all tasks that a task needs, directly or through others. */
export function upstreamOf(graph: Graph, name: string): ReadonlySet<string> {
  const upstream = new Set(graph.get(name)?.needs);
  for (const need of upstream) for (const further of graph.get(need)?.needs ?? []) upstream.add(further);
  return upstream;
}
