import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import { command, isKind, isObject, isSimpleName, isText, paths } from "./leaves.ts";
import { pathProblems } from "./paths.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";
import { bodyProblems, commonTaskKeys, isNeed, isPackageTaskName } from "./tasks.ts";

type Keys = Readonly<Record<string, unknown>>;

const script = value(isText, "the name of a script");
/** What only the whole task can have. */
const neverInOverrides = ["kind", "stage", "when", "always"];
const needs = optional(
  listOf(
    value(() => true, "a task"),
    "tasks",
  ),
);
const override = shape({
  ...commonWithout(neverInOverrides),
  script: optional(script),
  run: optional(command),
  needs,
});

const packageTask = shape({
  ...commonTaskKeys,
  script: optional(script),
  run: optional(command),
  needs,
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
    ...overrideProblems(task, path, subject, names),
  ];
}

function needProblems(needs: unknown, path: Problem["path"], subject: string, names: readonly string[]): Problem[] {
  if (!Array.isArray(needs)) return [];
  return needs.flatMap((need, index): Problem[] => {
    const isKnown = typeof need === "string" ? names.includes(taskNamed(need)) : isNeed(need);
    return isKnown ? [] : [unknownNeed([...path, "needs", index], subject, need, names)];
  });
}

/** `build` of `build`, `^build` and `utils#build`; of what is none of them all of it, which is nobody's name. */
function taskNamed(need: string): string {
  return isPackageTaskName(need) ? need.slice(need.indexOf("#") + 1) : need.replace(/^\^/, "");
}

function overrideProblems(
  { overrides, ...shared }: Keys,
  path: Problem["path"],
  subject: string,
  names: readonly string[],
): Problem[] {
  if (!isObject(overrides)) return [];
  return Object.entries(overrides).flatMap(([name, each]) => {
    const place = [...path, "overrides", name];
    const about = `${subject} in ${name}`;
    const found = shapeProblems(override, each, place, about);
    if (!isObject(each)) return found;
    return [
      ...found,
      ...bodyProblems({ inputs: [], ...each }, place, about, shared),
      ...needProblems(each.needs, place, about, names),
    ];
  });
}

function unknownNeed(path: Problem["path"], subject: string, need: unknown, names: readonly string[]): Problem {
  const shown = typeof need === "string" ? JSON.stringify(need) : "something that is not a task";
  const meant = typeof need === "string" ? nearest(taskNamed(need), names) : undefined;
  const [first] = names;
  const forms = `\`^${first}\`: in the packages that this one depends on; \`utils#${first}\`: in the package utils`;
  const hint =
    meant === undefined || typeof need !== "string"
      ? `Name one of ${names.join(", ")} (${forms}), or give a task itself.`
      : `Did you mean "${need.slice(0, need.length - taskNamed(need).length)}${meant}"?`;
  return { code: "unknown-need", path, message: `${subject} needs ${shown}`, hint };
}

function bothCommands(path: Problem["path"], subject: string): Problem {
  const message = `${subject} has both a script and a command`;
  return { code: "invalid-definition", path, message, hint: "Remove `script` or `run`." };
}

function blindRootInputs(path: Problem["path"], subject: string): Problem {
  const message = `${subject} has rootInputs, but its inputs are not declared`;
  const hint = "Add `inputs`: the files of the package that it reads (an empty list if there are none).";
  return { code: "invalid-definition", path: [...path, "rootInputs"], message, hint };
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of a task`;
  const hint = "Use letters, digits, `_`, `-` and `.`, beginning with a letter.";
  return { code: "invalid-definition", path, at: "key", message, hint };
}

function sameName(path: Problem["path"], name: string): Problem {
  const message = `"${name}" is the name of a task of the pipeline and also of one in the packages`;
  return { code: "invalid-definition", path, at: "key", message, hint: "Give one of them another name." };
}

function notAWorkspace(path: Problem["path"], subject: string): Problem {
  const hint = 'Write `workspace({ build: { needs: ["^build"], … } })`.';
  return { code: "invalid-definition", path, message: `${subject} is not made by workspace(…)`, hint };
}
