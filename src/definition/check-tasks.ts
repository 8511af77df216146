import { pathProblems } from "./check-paths.ts";
import { command, count, duration, isKind, isObject, isSimpleName, paths, simpleName, yesOrNo } from "./leaves.ts";
import type { Problem } from "./problem.ts";
import { listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const variableName = value(
  (input) => typeof input === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(input),
  "the name of an environment variable",
);
const need = value((input) => isKind(input, "task"), "a task", "Give the task itself, not its name: `needs: [build]`.");

const taskShape = shape({
  kind: value(() => true, "task"),
  run: command,
  needs: optional(listOf(need, "tasks")),
  inputs: optional(paths),
  outputs: optional(paths),
  env: optional(listOf(variableName, "names of environment variables")),
  stage: optional(simpleName),
  timeout: optional(duration),
  retry: optional(count),
  cache: optional(yesOrNo),
  reports: optional(
    shape({ junit: optional(value((input) => isPaths(input), "a path or pattern, or a list of them")) }),
  ),
});

/** What is wrong with the tasks one by one; their graph is the pipeline's to judge. */
export function taskProblems(pipeline: unknown): Problem[] {
  if (!isObject(pipeline)) return [];
  const entries = Object.entries(pipeline);
  return entries.flatMap(([name, task], index) => {
    const twin = entries.slice(0, index).find(([, other]) => other === task && isObject(task));
    return twin === undefined ? oneTask(name, task) : [sameTask(name, twin[0])];
  });
}

function oneTask(name: string, task: unknown): Problem[] {
  const path = ["pipeline", name];
  const subject = `Task "${name}"`;
  const naming = isSimpleName(name) ? [] : [badName(path, name)];
  if (!isKind(task, "task") || !isObject(task)) return [...naming, notATask(path, subject)];
  return [
    ...naming,
    ...shapeProblems(taskShape, task, path, subject),
    ...pathProblems(task.inputs, [...path, "inputs"], subject),
    ...pathProblems(task.outputs, [...path, "outputs"], subject),
    ...(isObject(task.reports) ? pathProblems(task.reports.junit, [...path, "reports", "junit"], subject) : []),
    ...cachedBlindly(task, path, subject),
  ];
}

function isPaths(input: unknown): boolean {
  const list = Array.isArray(input) ? input : [input];
  return list.every((item) => typeof item === "string" && item.trim() !== "");
}

function cachedBlindly(task: Readonly<Record<string, unknown>>, path: Problem["path"], subject: string): Problem[] {
  if (task.cache !== true || task.inputs !== undefined) return [];
  const message = `${subject}: cache is true, but its inputs are not declared`;
  const hint = "Add `inputs`: the files that the task reads (an empty list when there are none).";
  return [{ code: "invalid-definition", path: [...path, "cache"], message, hint }];
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
  const hint = "A task has one name: write a second task(…).";
  return { code: "invalid-definition", path: ["pipeline", name], at: "key", message, hint };
}
