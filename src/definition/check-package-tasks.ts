import { pathProblems } from "./check-paths.ts";
import { bodyProblems, commonTaskKeys, isNeed } from "./check-tasks.ts";
import { nearest } from "./distance.ts";
import { command, isKind, isObject, isSimpleName, isText, paths } from "./leaves.ts";
import type { Problem } from "./problem.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

type Keys = Readonly<Record<string, unknown>>;

const script = value(isText, "the name of a script");
/** What needs the task itself in hand, and what only the whole task can have. */
const neverInPackages = ["testFiles", "shards"];
const neverInOverrides = [...neverInPackages, "kind", "stage", "when", "always"];
const override = shape({
  ...commonWithout(neverInOverrides),
  script: optional(script),
  run: optional(command),
});

const packageTask = shape({
  ...commonWithout(neverInPackages),
  script: optional(script),
  run: optional(command),
  needs: optional(
    listOf(
      value(() => true, "a task"),
      "tasks",
    ),
  ),
  rootInputs: optional(paths),
  packages: optional(listOf(value(isText, "a name, a pattern or a folder"), "packages")),
  overrides: optional(value(isObject, "an object with names of packages")),
});

/** What is wrong with the tasks of packages one by one, as far as it can be told without the packages. */
export function packageTaskProblems(packages: unknown, pipeline: unknown): Problem[] {
  if (packages === undefined) return [];
  if (!isObject(packages)) return [notAWorkspace(["packages"], "`packages`")];
  const names = Object.keys(packages);
  return Object.entries(packages).flatMap(([name, task]) => {
    const path = ["packages", name];
    const naming = [
      ...(isSimpleName(name) ? [] : [badName(path, name)]),
      ...(isObject(pipeline) && Object.hasOwn(pipeline, name) ? [sameName(path, name)] : []),
    ];
    if (!isKind(task, "packageTask") || !isObject(task)) return [...naming, notAWorkspace(path, `Task "${name}"`)];
    return [...naming, ...oneTask(name, task, path, names)];
  });
}

function commonWithout(keys: readonly string[]): Readonly<Record<string, Check>> {
  return Object.fromEntries(Object.entries(commonTaskKeys).filter(([key]) => !keys.includes(key)));
}

function oneTask(name: string, task: Keys, path: Problem["path"], names: readonly string[]): Problem[] {
  const subject = `Task "${name}" of the packages`;
  return [
    ...shapeProblems(packageTask, task, path, subject),
    ...bodyProblems(task, path, subject),
    ...pathProblems(task.rootInputs, [...path, "rootInputs"], subject),
    ...needProblems(task.needs, path, subject, names),
    ...(task.run !== undefined && task.script !== undefined ? [bothCommands(path, subject)] : []),
    ...(task.rootInputs !== undefined && task.inputs === undefined ? [blindRootInputs(path, subject)] : []),
    ...overrideProblems(task.overrides, path, subject),
  ];
}

function needProblems(needs: unknown, path: Problem["path"], subject: string, names: readonly string[]): Problem[] {
  if (!Array.isArray(needs)) return [];
  return needs.flatMap((need, index): Problem[] => {
    const known = typeof need === "string" ? names.includes(need.replace(/^\^/, "")) : isNeed(need);
    return known ? [] : [unknownNeed([...path, "needs", index], subject, need, names)];
  });
}

function overrideProblems(overrides: unknown, path: Problem["path"], subject: string): Problem[] {
  if (!isObject(overrides)) return [];
  return Object.entries(overrides).flatMap(([name, each]) => {
    const place = [...path, "overrides", name];
    const about = `${subject} in ${name}`;
    const found = shapeProblems(override, each, place, about);
    return isObject(each) ? [...found, ...bodyProblems({ inputs: [], ...each }, place, about)] : found;
  });
}

function unknownNeed(path: Problem["path"], subject: string, need: unknown, names: readonly string[]): Problem {
  const shown = typeof need === "string" ? JSON.stringify(need) : "something that is no task";
  const meant = typeof need === "string" ? nearest(need.replace(/^\^/, ""), names) : undefined;
  const hint =
    meant === undefined
      ? `Name one of ${names.join(", ")} (\`^${names[0]}\`: in the packages this one depends on), or give a task itself.`
      : `Did you mean "${typeof need === "string" && need.startsWith("^") ? "^" : ""}${meant}"?`;
  return { code: "unknown-need", path, message: `${subject} needs ${shown}`, hint };
}

function bothCommands(path: Problem["path"], subject: string): Problem {
  const message = `${subject} has a script and a command`;
  return { code: "invalid-definition", path, message, hint: "Take `script` or `run` out." };
}

function blindRootInputs(path: Problem["path"], subject: string): Problem {
  const message = `${subject} has rootInputs, but its inputs are not declared`;
  const hint = "Add `inputs`: the files of the package that it reads (an empty list when there are none).";
  return { code: "invalid-definition", path: [...path, "rootInputs"], message, hint };
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of a task`;
  const hint = "Use letters, digits, `_`, `-` and `.`, beginning with a letter.";
  return { code: "invalid-definition", path, at: "key", message, hint };
}

function sameName(path: Problem["path"], name: string): Problem {
  const message = `"${name}" is the name of a task of the pipeline and of one of the packages`;
  return { code: "invalid-definition", path, at: "key", message, hint: "Give one of them another name." };
}

function notAWorkspace(path: Problem["path"], subject: string): Problem {
  const hint = 'Write `workspace({ build: { needs: ["^build"], … } })`.';
  return { code: "invalid-definition", path, message: `${subject} is not made by workspace(…)`, hint };
}
