import type { OverrideDraft } from "../draft.ts";
import { type Json, objectOf, parseRelaxedJson, textsOf } from "../relaxed-json.ts";
import type { LeftOver, Source } from "./takeover.ts";
import { lists, type TurboTask, type TurboTerms } from "./turbo-terms.ts";

/** The names under which turbo keeps its configuration. */
export const turboFiles = ["turbo.json", "turbo.jsonc"] as const;

/** What a package says of a task otherwise than the others. */
export interface OwnTask {
  readonly where: string;
  /** Only what the package itself says. */
  readonly own: TurboTask;
  /** The whole description that holds in the package. */
  readonly whole: TurboTask;
}

export function tasksOf(config: Json): Json {
  return objectOf(config.tasks ?? config.pipeline);
}

/** A turbo.json in the package changes what it names of a task. */
export function packageConfig(source: Source, folder: string, name: string, shared: TurboTask): OwnTask | undefined {
  const { file, tasks } = packageTasks(source, folder);
  if (file === undefined || !Object.hasOwn(tasks, name)) return undefined;
  const own = extendedBy(shared, objectOf(tasks[name]));
  return { where: `${file}: ${name}`, own, whole: { ...shared, ...own } };
}

/** What the turbo.json of a package says of tasks; nothing where there is none. */
export function packageTasks({ repository }: Source, folder: string): { readonly file?: string; readonly tasks: Json } {
  const file = turboFiles.map((each) => `${folder}/${each}`).find((each) => folder !== "" && repository.has(each));
  if (file === undefined) return { tasks: {} };
  return { file, tasks: tasksOf(objectOf(parseRelaxedJson(repository.read(file)))) };
}

/** A list with this word in it adds to the shared one. */
const extension = "$TURBO_EXTENDS$";

/** What a package says of a task, its lists whole. */
export function extendedBy(shared: TurboTask, own: TurboTask): TurboTask {
  const entries = Object.entries(own).map(([key, value]): [string, unknown] => {
    if (!Array.isArray(value) || !value.includes(extension)) return [key, value];
    return [key, [...textsOf(shared[key]), ...value.filter((item) => item !== extension)]];
  });
  return Object.fromEntries(entries);
}

/** `pkg#task` stands in the place of the shared task: what it does not say is as if nobody had said it. */
export function inPlaceOf(shared: TurboTask, own: TurboTask): TurboTask {
  const unsaid: Json = { inputs: ["$TURBO_DEFAULT$"], outputs: [], env: [], cache: true };
  const reset = Object.entries(unsaid).filter(([key]) => shared[key] !== undefined && own[key] === undefined);
  return { ...Object.fromEntries(reset), ...own };
}

/** The override of a package, without its needs; files outside of it are the same for all. */
export function overrideOf(
  { where, own, whole }: OwnTask,
  shared: TurboTask,
  folder: string,
  terms: TurboTerms,
  left: LeftOver,
): OverrideDraft {
  if (own.persistent === true)
    left.add(`${where}.persistent`, "a run has to finish: exclude the package with `packages`");
  return {
    ...(typeof own.run === "string" && { run: own.run }),
    ...(own.inputs !== undefined && ownInputs(where, whole, folder, terms, left)),
    ...(own.outputs !== undefined && ownOutputs(where, whole, terms)),
    ...(own.env !== undefined && terms.env(where, whole)),
    ...(own.cache === false && { uncached: `${where.split(":")[0]} says so` }),
    ...(own.cache === true && shared.cache === false && { cached: true }),
  };
}

function ownInputs(where: string, task: TurboTask, folder: string, terms: TurboTerms, left: LeftOver): OverrideDraft {
  const { inputs, rootInputs, localInputs } = terms.inputs(where, { ...task, inputs: task.inputs }, [folder]);
  const own = rootInputs.filter((each) => textsOf(task.inputs).some((text) => text.endsWith(each.split("/").at(-1)!)));
  if (own.length > 0) {
    left.add(
      `${where}.inputs`,
      `${own.join(", ")}: files outside of the package count for all: add them to \`rootInputs\``,
    );
  }
  return { inputs, ...lists({ localInputs }) };
}

function ownOutputs(where: string, task: TurboTask, terms: TurboTerms): OverrideDraft {
  const { outputs = [], uncached, torn = [] } = terms.outputs(where, task);
  return { outputs, ...(torn.length > 0 && { torn }), ...(uncached !== undefined && { uncached }) };
}

/** Whether a package's task needs something else than that of the others. */
export function hasOwnNeeds({ own }: OwnTask, shared: TurboTask): boolean {
  return own.dependsOn !== undefined && !isSameList(own.dependsOn, shared.dependsOn);
}

/** `$NAME` names a variable, in the form before version 2. */
function isSameList(a: unknown, b: unknown): boolean {
  const needs = (value: unknown) =>
    textsOf(value)
      .filter((need) => !need.startsWith("$"))
      .sort();
  return JSON.stringify(needs(a)) === JSON.stringify(needs(b));
}
