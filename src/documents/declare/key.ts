import type { Problem } from "../../definition/problem.ts";
import type { Project } from "../../definition/types.ts";

/** A place in the definition as the documents name it: `environments.production.strategy`. */
export function keyOf(path: Problem["path"]): string {
  return path.join(".");
}

/**
 * The path that a key names: the same steps, also where a name has a dot in it, because at each step the longest name that
 * is there is taken. `undefined`: the definition has no such place.
 */
export function pathOf(project: Project, key: string): Problem["path"] | undefined {
  const path: (string | number)[] = [];
  let value: unknown = project;
  for (let rest = key; rest !== ""; ) {
    if (typeof value !== "object" || value === null) return undefined;
    const fits = Object.keys(value).filter((name) => rest === name || rest.startsWith(`${name}.`));
    const [name] = fits.sort((a, b) => b.length - a.length);
    if (name === undefined) return undefined;
    path.push(Array.isArray(value) ? Number(name) : name);
    value = (value as Readonly<Record<string, unknown>>)[name];
    rest = rest.slice(name.length + 1);
  }
  return path.length === 0 ? undefined : path;
}
