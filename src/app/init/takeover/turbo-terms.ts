import { defaultInputs } from "../default-inputs.ts";
import type { PackageTaskDraft } from "../draft.ts";
import { type Json, textsOf } from "../relaxed-json.ts";
import { isLocalFile, isUsableOutput, placePattern, wholeOutputs } from "./paths.ts";
import type { LeftOver, Source } from "./takeover.ts";

/** One task as turbo describes it. */
export type TurboTask = Json;

export interface Placed {
  readonly inputs: string[];
  readonly rootInputs: string[];
  readonly localInputs: string[];
}

/** What turbo says of a single task, in the words of the definition. */
export class TurboTerms {
  readonly #source: Source;
  readonly #config: Json;
  readonly #left: LeftOver;

  constructor(source: Source, config: Json, left: LeftOver) {
    this.#source = source;
    this.#config = config;
    this.#left = left;
  }

  env(where: string, task: TurboTask): { env?: string[] } {
    const fromNeeds = textsOf(task.dependsOn)
      .filter((need) => need.startsWith("$"))
      .map((need) => need.slice(1));
    const names = [
      ...textsOf(this.#config.globalEnv),
      ...textsOf(this.#config.globalPassThroughEnv),
      ...textsOf(this.#config.globalDependencies)
        .filter((item) => item.startsWith("$"))
        .map((item) => item.slice(1)),
      ...textsOf(task.env),
      ...textsOf(task.passThroughEnv),
      ...fromNeeds,
    ];
    const env = [...new Set(names)].filter((name) => /^[A-Za-z_]\w*$/.test(name));
    for (const name of names) {
      if (!env.includes(name))
        this.#left.add(`${where}.env`, `"${name}": \`env\` takes whole names: write those that are meant`);
    }
    return env.length === 0 ? {} : { env };
  }

  outputs(where: string, task: TurboTask): Pick<PackageTaskDraft, "outputs" | "uncached" | "torn"> {
    const written = textsOf(task.outputs).map((pattern) => pattern.replace(/^(!?)\.\//, "$1"));
    const usable = written.filter(
      (pattern) => pattern.startsWith("!") || (isUsableOutput(pattern) && isInside(pattern)),
    );
    const { outputs, torn } = wholeOutputs(usable);
    for (const pattern of written) {
      if (!usable.includes(pattern))
        this.#left.add(`${where}.outputs`, `"${pattern}": it is too wide, or leads out of the package`);
    }
    for (const pattern of torn) {
      this.#left.add(
        `${where}.outputs`,
        `"${pattern}": outputs are removed whole, and something in it has to stay: the task always runs`,
      );
    }
    return {
      ...(outputs.length > 0 && { outputs }),
      ...(torn.length > 0 && { torn, uncached: `it also writes ${torn.join(", ")}, of which a part has to stay` }),
    };
  }

  /** `folders`: of the packages that the task stands in; paths that climb out of one lead elsewhere for each. */
  inputs(where: string, task: TurboTask, folders: readonly string[]): Placed {
    const placed: Placed = { inputs: [], rootInputs: [], localInputs: [] };
    const declared = task.inputs === undefined ? ["$TURBO_DEFAULT$"] : textsOf(task.inputs);
    for (const text of declared) {
      if (text === "$TURBO_DEFAULT$") placed.inputs.push(...defaultInputs(this.#source.repository));
      else if (text.includes("$TURBO_ROOT$/")) placed.rootInputs.push(text.replace("$TURBO_ROOT$/", ""));
      else for (const folder of folders) this.#place(where, text, folder, placed);
    }
    for (const text of textsOf(this.#config.globalDependencies)) {
      if (!text.startsWith("$")) this.#global(where, text, folders, placed);
    }
    // A list of nothing but exclusions means all other files.
    if (placed.inputs.length > 0 && placed.inputs.every((input) => input.startsWith("!"))) placed.inputs.unshift("**");
    return {
      inputs: unique(placed.inputs),
      rootInputs: this.#present(unique(placed.rootInputs)),
      localInputs: unique(placed.localInputs),
    };
  }

  /** Relative to the project, for tasks that mostly stand in packages. */
  #global(where: string, text: string, folders: readonly string[], placed: Placed): void {
    if (!isLocalFile(text) || folders.includes(""))
      this.#place(where, text, "", { ...placed, inputs: placed.rootInputs });
    else if (text.startsWith("**/")) placed.localInputs.push(text);
    else {
      const why = `"${text}": files of the machine are named in each package: put it there, or declare its variables in \`env\``;
      this.#left.add(`${where}: globalDependencies`, why);
    }
  }

  #place(where: string, text: string, folder: string, placed: Placed): void {
    const found = placePattern(text, folder);
    if (found === undefined) this.#left.add(`${where}.inputs`, `"${text}": it points outside the project`);
    else if (found.in === "package" && isLocalFile(found.pattern)) placed.localInputs.push(found.pattern);
    else (found.in === "package" ? placed.inputs : placed.rootInputs).push(found.pattern);
  }

  /** A plain path that is not there would be an error; turbo takes it for nothing. */
  #present(paths: readonly string[]): string[] {
    return paths.filter((path) => /[*?{[!]/.test(path) || this.#source.repository.has(path));
  }

  /** Keys that are left: what only changes the display is not told. */
  tellRest(where: string, task: TurboTask): void {
    const reasons: Readonly<Record<string, string>> = {
      with: "only a task's `services` are started alongside it",
      interactive: "tasks get no input",
      extends: "write the task out",
      dotEnv: "name the files in `localInputs`",
    };
    for (const [key, why] of Object.entries(reasons))
      if (task[key] !== undefined) this.#left.add(`${where}.${key}`, why);
  }
}

function isInside(pattern: string): boolean {
  return placePattern(pattern, "x")?.in === "package";
}

export function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}

/** Without the lists that are empty. */
export function lists<K extends string>(all: Readonly<Record<K, readonly string[]>>): Partial<Record<K, string[]>> {
  return Object.fromEntries(Object.entries<readonly string[]>(all).filter(([, list]) => list.length > 0)) as Partial<
    Record<K, string[]>
  >;
}
