import type { Problem } from "../problem.ts";
import { command, duration, isKind, isObject, isSimpleName, paths, simpleName, text, yesOrNo } from "./leaves.ts";
import { matrixProblems } from "./matrix.ts";
import { pathProblems } from "./paths.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";
import { taskOptions } from "./task-options.ts";
import { testKeys, testProblems } from "./tests.ts";

const variableName = value(
  (input) => typeof input === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(input),
  "the name of an environment variable",
);
const need = value(
  (input) => isNeed(input) || isPackageTaskName(input),
  "a task",
  "Give the task itself, not its name: `needs: [build]`.",
);

/** What stands in a task of the pipeline as well as in one of packages. */
export const commonTaskKeys: Readonly<Record<string, Check>> = {
  kind: value(() => true, "task"),
  because: optional(text),
  inputs: optional(paths),
  localInputs: optional(paths),
  outputs: optional(paths),
  env: optional(listOf(variableName, "names of environment variables")),
  stage: optional(simpleName),
  timeout: optional(duration),
  ...taskOptions,
  cache: optional(yesOrNo),
  trackedOutputs: optional(yesOrNo),
  ...testKeys,
  confine: optional(value(isConfinementLevel, '"declared", "staged" or "sealed"')),
  network: optional(yesOrNo),
};

const taskShape = shape({ run: command, needs: optional(listOf(need, "tasks")), ...commonTaskKeys });

/** What another task may need. */
export function isNeed(input: unknown): boolean {
  return isKind(input, "task") || isKind(input, "matrix") || isKind(input, "packageTask");
}

/** The name of the task of one package; whether there is such a package is the workspace's to say. */
export function isPackageTaskName(input: unknown): boolean {
  return typeof input === "string" && /^[^#^\s]+#[^#\s]+$/.test(input);
}

/** What is wrong with the tasks one by one; their graph is the pipeline's to judge. */
export function taskProblems(pipeline: unknown): Problem[] {
  if (!isObject(pipeline)) return [];
  const names = new Map<unknown, string>();
  return Object.entries(pipeline).flatMap(([name, entry]) => {
    const twin = isObject(entry) ? names.get(entry) : undefined;
    if (twin !== undefined) return [sameTask(name, twin)];
    names.set(entry, name);
    const path = ["pipeline", name];
    if (!isKind(entry, "matrix")) return oneTask(name, entry, path);
    const naming = isSimpleName(name) ? [] : [badName(path, name)];
    return [...naming, ...matrixProblems(name, entry as object, path, (task, at) => oneTask(name, task, at))];
  });
}

function oneTask(name: string, task: unknown, path: Problem["path"]): Problem[] {
  const subject = `Task "${name}"`;
  const naming = isSimpleName(name) || path.length > 2 ? [] : [badName(path, name)];
  if (!isKind(task, "task") || !isObject(task)) return [...naming, notATask(path, subject)];
  return [...naming, ...shapeProblems(taskShape, task, path, subject), ...bodyProblems(task, path, subject)];
}

/** What is wrong with the paths of a task, and between its options. `shared`: of an override, what it is an override of. */
export function bodyProblems(
  task: Readonly<Record<string, unknown>>,
  path: Problem["path"],
  subject: string,
  shared?: Readonly<Record<string, unknown>>,
): Problem[] {
  return [
    ...pathProblems(task.inputs, [...path, "inputs"], subject),
    ...pathProblems(task.localInputs, [...path, "localInputs"], subject),
    ...pathProblems(task.outputs, [...path, "outputs"], subject),
    ...testProblems(task, path, subject, shared),
    ...cachedBlindly(task, path, subject),
    ...confinedBlindly(task, path, subject),
  ];
}

function cachedBlindly(task: Readonly<Record<string, unknown>>, path: Problem["path"], subject: string): Problem[] {
  if (task.cache !== true || task.inputs !== undefined) return [];
  const message = `${subject}: cache is true, but its inputs are not declared`;
  const hint = "Add `inputs`: the files that the task reads (an empty list if there are none).";
  return [{ code: "invalid-definition", path: [...path, "cache"], message, hint }];
}

/** Without inputs nobody knows what to put into its tree. */
function confinedBlindly(task: Readonly<Record<string, unknown>>, path: Problem["path"], subject: string): Problem[] {
  const isConfined = task.confine === "staged" || task.confine === "sealed";
  if (!isConfined || task.inputs !== undefined) return [];
  const message = `${subject}: it is ${task.confine}, but its inputs are not declared`;
  const hint = "Add `inputs`: the files that the task reads (an empty list if there are none).";
  return [{ code: "invalid-definition", path: [...path, "confine"], message, hint }];
}

function isConfinementLevel(input: unknown): boolean {
  return input === "declared" || input === "staged" || input === "sealed";
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of a task`;
  const hint = "Use letters, digits, `_`, `-` and `.`, beginning with a letter.";
  return { code: "invalid-definition", path, at: "key", message, hint };
}

function notATask(path: Problem["path"], subject: string): Problem {
  const hint = 'Write `task({ run: "…" })`.';
  return { code: "invalid-definition", path, message: `${subject} is not made by task(…)`, hint };
}

function sameTask(name: string, twin: string): Problem {
  const message = `"${name}" and "${twin}" are the same task`;
  const hint = "A task has one name: declare a second task(…).";
  return { code: "invalid-definition", path: ["pipeline", name], at: "key", message, hint };
}
