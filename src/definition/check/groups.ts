import type { Problem } from "../problem.ts";
import { isKind, isObject } from "./leaves.ts";

/** Concurrency groups of one name that have different limits: nobody could say which one holds. */
export function groupProblems(pipeline: unknown, packages: unknown): Problem[] {
  const limits = new Map<unknown, { readonly limit: unknown; readonly task: string }>();
  return tasksOf(pipeline, packages).flatMap(({ name, task, path }) =>
    [task.concurrency].flat().flatMap((group): Problem[] => {
      if (!isKind(group, "concurrencyGroup") || !isObject(group)) return [];
      const known = limits.get(group.name);
      if (known === undefined) limits.set(group.name, { limit: group.limit, task: name });
      if (known === undefined || known.limit === group.limit) return [];
      const message = `The concurrency group "${group.name}" has the limit ${known.limit} for "${known.task}", and ${group.limit} here`;
      const hint = "Use one concurrencyGroup(…) for both.";
      return [{ code: "invalid-definition", path: [...path, "concurrency"], message, hint }];
    }),
  );
}

interface Found {
  readonly name: string;
  readonly task: Readonly<Record<string, unknown>>;
  readonly path: Problem["path"];
}

function tasksOf(pipeline: unknown, packages: unknown): Found[] {
  const entries = (value: unknown) => (isObject(value) ? Object.entries(value) : []);
  const own = entries(pipeline).flatMap(([name, entry]): Found[] => {
    const path = ["pipeline", name];
    if (!isObject(entry)) return [];
    if (!isKind(entry, "matrix") || !Array.isArray(entry.cells)) return [{ name, task: entry, path }];
    const tasks = entry.cells.map((cell: unknown) => (isObject(cell) && isObject(cell.task) ? cell.task : {}));
    return tasks.map((task, index) => ({ name, task, path: [...path, "cells", index, "task"] }));
  });
  const inPackages = entries(packages).flatMap(([name, task]): Found[] =>
    isObject(task) ? [{ name, task, path: ["packages", name] }] : [],
  );
  return [...own, ...inPackages];
}
