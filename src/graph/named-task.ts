import type { Problem } from "../definition/problem.ts";
import type { Matrix, MatrixValue, Need, Task } from "../definition/types.ts";
import type { Pattern } from "./patterns/pattern.ts";
import { parseTaskPatterns, type TaskPatterns } from "./patterns/task-patterns.ts";

/** A task of the graph before it is known in which order they stand: matrices and packages are spread out. */
export interface NamedTask {
  readonly name: string;
  readonly task: Task;
  /** Where it stands in the definition. */
  readonly path: Problem["path"];
  /** Names it together with others: the matrix it is of, or the task of the packages. */
  readonly group?: string;
  readonly package?: TaskPackage;
  readonly patterns: TaskPatterns;
  readonly needs: readonly NamedNeed[];
}

/** One command of a task in a package. */
export interface Step {
  readonly run: string | readonly [string, ...string[]];
  /** The script's name, when it is a script of package.json: `prebuild`, `build`, `postbuild`. */
  readonly script?: string;
  /** true: neither `pre` nor `post`. */
  readonly isMain?: true;
}

/** The package that a task stands in. */
export interface TaskPackage {
  /** Where what holds of the task in this package stands in the definition. */
  readonly path: Problem["path"];
  readonly name: string;
  readonly folder: string;
  /** What is run, one after the other, as long as all goes well. */
  readonly steps: readonly [Step, ...Step[]];
  /** What counts besides what is declared: lockfile, package.json, and packages that lack a needed task. */
  readonly implied: readonly Pattern[];
}

/** A text is the name of a task of the graph. */
export interface NamedNeed {
  readonly need: Need | string;
  readonly path: Problem["path"];
  /** true: the definition names it, as `utils#build`. */
  readonly isNamed?: true;
}

const nameForm = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;

/** The tasks that stand in the pipeline itself: each task, and each cell of a matrix. Adds to `problems`. */
export function pipelineTasks(pipeline: Readonly<Record<string, Task | Matrix>>, problems: Problem[]): NamedTask[] {
  return Object.entries(pipeline).flatMap(([name, entry]) => {
    const path = ["pipeline", name];
    if (!nameForm.test(name)) problems.push(badName(name));
    if (entry.kind !== "matrix") return [namedTask(name, entry, path, problems)];
    return entry.cells.map(({ values, task }, index) => ({
      ...namedTask(`${name}${showValues(values)}`, task, [...path, "cells", index, "task"], problems),
      group: name,
    }));
  });
}

function namedTask(name: string, task: Task, path: Problem["path"], problems: Problem[]): NamedTask {
  const { patterns, problems: found } = parseTaskPatterns(name, task, path);
  problems.push(...found);
  const needs = (task.needs ?? []).map((need, position) => ({
    need,
    path: [...path, "needs", position],
    ...(typeof need === "string" && { isNamed: true as const }),
  }));
  return { name, task, path, patterns, needs };
}

/** `{ node: 20, os: "linux" }` → `[node=20,os=linux]`. */
function showValues(values: Readonly<Record<string, MatrixValue>>): string {
  return `[${Object.entries(values)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(",")}]`;
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
