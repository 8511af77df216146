import type { Problem } from "../definition/problem.ts";
import type { Task } from "../definition/types.ts";
import { parseTaskPatterns, type TaskPatterns } from "./task-patterns.ts";

/** A task with its name and place in the graph. */
export interface GraphTask {
  readonly name: string;
  readonly task: Task;
  readonly stage: string;
  /** Names of the tasks it needs directly. */
  readonly needs: readonly string[];
  readonly patterns: TaskPatterns;
}

/** The pipeline's tasks; each stands after everything it needs, and otherwise in the definition's order. */
export type Graph = ReadonlyMap<string, GraphTask>;

export interface BuiltGraph {
  /** Without the tasks that problems make unusable. */
  readonly graph: Graph;
  readonly problems: readonly Problem[];
}

const nameForm = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;

/** The graph of a pipeline, and everything that is wrong with it. Paths of problems begin with "pipeline". */
export function buildGraph(pipeline: Readonly<Record<string, Task>>): BuiltGraph {
  const problems: Problem[] = [];
  const named = nameTasks(pipeline, problems);
  const needs = new Map<string, string[]>();
  for (const [name, task] of Object.entries(pipeline)) needs.set(name, namesOfNeeds(name, task, named, problems));
  const order = topologicalOrder(needs);
  problems.push(...cycles(needs, new Set(order)));
  const graph = new Map<string, GraphTask>();
  for (const name of order) graph.set(name, graphTask(name, pipeline[name]!, needs.get(name)!, problems));
  return { graph, problems };
}

function nameTasks(pipeline: Readonly<Record<string, Task>>, problems: Problem[]): Map<Task, string> {
  const named = new Map<Task, string>();
  for (const [name, task] of Object.entries(pipeline)) {
    const path = ["pipeline", name];
    const other = named.get(task);
    if (!nameForm.test(name)) problems.push(badName(name));
    if (other !== undefined) {
      const message = `The same task stands in the pipeline as "${other}" and as "${name}"`;
      problems.push({ code: "invalid-definition", path, message, hint: "Give each name its own task(…)." });
    } else named.set(task, name);
  }
  return named;
}

function badName(name: string): Problem {
  return {
    code: "invalid-definition",
    path: ["pipeline", name],
    message: `"${name}" cannot be a task's name`,
    hint: "Use letters, digits, dashes, dots, colons and underscores, and begin with a letter or digit.",
    at: "key",
  };
}

function namesOfNeeds(name: string, task: Task, named: ReadonlyMap<Task, string>, problems: Problem[]): string[] {
  const names = new Set<string>();
  for (const [position, need] of (task.needs ?? []).entries()) {
    const found = named.get(need);
    if (found !== undefined) names.add(found);
    else problems.push(unknownNeed(name, position, need));
  }
  return [...names];
}

function unknownNeed(name: string, position: number, need: Task): Problem {
  const run = typeof need?.run === "string" ? ` (${need.run})` : "";
  return {
    code: "unknown-need",
    path: ["pipeline", name, "needs", position],
    message: `"${name}" needs a task that is not in the pipeline${run}`,
    hint: "Add that task to `pipeline`, or take it out of `needs`.",
  };
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
function cycles(needs: ReadonlyMap<string, readonly string[]>, ordered: ReadonlySet<string>): Problem[] {
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
    if (from !== undefined) problems.push(cycle(trail.slice(from), needs));
  }
  return problems;
}

function cycle(circle: readonly string[], needs: ReadonlyMap<string, readonly string[]>): Problem {
  const [first] = circle as [string];
  const second = circle[1] ?? first;
  return {
    code: "dependency-cycle",
    path: ["pipeline", first, "needs", needs.get(first)!.indexOf(second)],
    message: `Tasks need each other in a circle: ${[...circle, first].join(" → ")}`,
    hint: "Take one of these needs out.",
  };
}

function graphTask(name: string, task: Task, needs: readonly string[], problems: Problem[]): GraphTask {
  const { patterns, problems: found } = parseTaskPatterns(name, task);
  problems.push(...found);
  return { name, task, stage: task.stage ?? "build", needs, patterns };
}

/** The names of all tasks that a task needs, directly or through others. */
export function upstreamOf(graph: Graph, name: string): ReadonlySet<string> {
  const upstream = new Set(graph.get(name)?.needs);
  for (const need of upstream) for (const further of graph.get(need)?.needs ?? []) upstream.add(further);
  return upstream;
}
