import { nearest } from "../definition/distance.ts";
import type { Problem } from "../definition/problem.ts";
import type { Need } from "../definition/types.ts";

/** A need that is given itself, but does not stand in the pipeline. */
export function unknownNeed(name: string, path: Problem["path"], need: Need): Problem {
  const run = need?.kind === "task" && typeof need.run === "string" ? ` (${need.run})` : "";
  return {
    code: "unknown-need",
    path,
    message: `"${name}" needs a task that is not in the pipeline${run}`,
    hint: "Add that task to `pipeline`, or remove it from `needs`.",
  };
}

/** A need by name that means no task. `names`: of all tasks. */
export function unknownNamedNeed(name: string, path: Problem["path"], need: string, names: Iterable<string>): Problem {
  const inPackages = [...names].filter((each) => each.includes("#"));
  return {
    code: "unknown-need",
    path,
    message: `"${name}" needs "${need}", which does not exist`,
    hint: hintFor(need, inPackages),
  };
}

const mostShown = 10;

function hintFor(need: string, names: readonly string[]): string {
  if (names.length === 0) return "The definition has no tasks in packages: see `workspace(…)`.";
  const [packageName = "", task = ""] = need.split("#");
  const packages = [...new Set(names.map(packageOf))];
  if (packages.includes(packageName)) {
    const own = names.filter((each) => packageOf(each) === packageName);
    const meant = nearest(task, own.map(taskOf));
    return meant === undefined ? `${packageName} has ${list(own)}.` : `Did you mean "${packageName}#${meant}"?`;
  }
  const meant = packages.find((each) => each.endsWith(`/${packageName}`)) ?? nearest(packageName, packages);
  if (meant === undefined) return `The packages with tasks are ${list(packages)}.`;
  return names.includes(`${meant}#${task}`)
    ? `Did you mean "${meant}#${task}"?`
    : `The package is named ${meant}; it has ${list(names.filter((each) => packageOf(each) === meant))}.`;
}

function list(names: readonly string[]): string {
  return names.slice(0, mostShown).join(", ") + (names.length > mostShown ? ", …" : "");
}

function packageOf(name: string): string {
  return name.slice(0, name.lastIndexOf("#"));
}

function taskOf(name: string): string {
  return name.slice(name.lastIndexOf("#") + 1);
}
