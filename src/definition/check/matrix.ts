import type { Problem } from "../problem.ts";
import { isObject } from "./leaves.ts";

/** Values become parts of names of files and of processes. */
const valueForm = /^[A-Za-z0-9_.+:@/-]{1,60}$/;
const axisForm = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;

/** What is wrong with a matrix: its values, and each of its tasks. */
export function matrixProblems(
  name: string,
  matrix: object,
  path: Problem["path"],
  oneTask: (task: unknown, path: Problem["path"]) => readonly Problem[],
): Problem[] {
  const { cells } = matrix as { readonly cells?: unknown };
  if (!Array.isArray(cells) || !cells.every((cell) => isObject(cell) && isObject(cell.values))) {
    const hint = "Write `matrix({ node: [22, 24] }, ({ node }) => task({ … }))`.";
    return [{ code: "invalid-definition", path, message: `"${name}" is not made by matrix(…)`, hint }];
  }
  if (cells.length === 0) return [emptyMatrix(name, path)];
  const seen = new Set<string>();
  return cells.flatMap(({ values, task }, index) => {
    const shown = JSON.stringify(values);
    const twin = seen.has(shown) ? [sameValues(name, shown, path)] : [];
    seen.add(shown);
    return [...twin, ...valueProblems(name, values, path), ...oneTask(task, [...path, "cells", index, "task"])];
  });
}

function valueProblems(name: string, values: Readonly<Record<string, unknown>>, path: Problem["path"]): Problem[] {
  const wrong = Object.entries(values).filter(([axis, item]) => !axisForm.test(axis) || !isValue(item));
  return wrong.map(([axis, item]) => {
    const message = `Matrix "${name}": ${axis}=${JSON.stringify(item)} cannot be part of a task's name`;
    const hint = "Use numbers, true, false, or short texts of letters, digits and `_.+:@/-`.";
    return { code: "invalid-definition", path, message, hint };
  });
}

function isValue(item: unknown): boolean {
  if (typeof item === "number") return Number.isFinite(item);
  return typeof item === "boolean" || (typeof item === "string" && valueForm.test(item));
}

function emptyMatrix(name: string, path: Problem["path"]): Problem {
  const hint = "Give each axis at least one value, and a task for at least one combination.";
  return { code: "invalid-definition", path, message: `Matrix "${name}" has no task`, hint };
}

function sameValues(name: string, values: string, path: Problem["path"]): Problem {
  return { code: "invalid-definition", path, message: `Matrix "${name}" has ${values} twice`, hint: "Take one out." };
}
