import type { WorkspacePackage } from "../../../pipeline/workspace/package.ts";
import type { OverrideDraft, PackageTaskDraft, TaskDraft } from "../draft.ts";
import { nodeManager } from "../stacks/node-manager.ts";
import { defaultInputs } from "./default-inputs.ts";
import { isLocalFile, isUsableOutput, placePattern, wholeOutputs } from "./paths.ts";
import { type Json, objectOf, parseRelaxedJson, textsOf } from "./relaxed-json.ts";
import { keyOf, LeftOver, type Source, stageOf, type Takeover } from "./takeover.ts";

/** The names under which turbo keeps its configuration. */
const files = ["turbo.json", "turbo.jsonc"] as const;

/** `turbo.json` (`tasks`, and `pipeline` before version 2), with those of the packages. */
export function takeOverTurbo(source: Source): Takeover | undefined {
  const file = files.find((name) => source.repository.has(name));
  if (file === undefined) return undefined;
  const config = objectOf(parseRelaxedJson(source.repository.read(file)));
  return takeOverTasks(source, file, config);
}

/** Tasks described as turbo does: `file` is what they are told of by. `run` of a `pkg#task` is a command in place of the script. */
export function takeOverTasks(source: Source, file: string, config: Json): Takeover {
  return new Turbo(source, file, config).takeOver();
}

/** One task as turbo describes it. */
type TurboTask = Json;

interface Placed {
  readonly inputs: string[];
  readonly rootInputs: string[];
  readonly localInputs: string[];
}

class Turbo {
  readonly #source: Source;
  readonly #file: string;
  readonly #config: Json;
  readonly #tasks: ReadonlyMap<string, TurboTask>;
  readonly #left = new LeftOver();

  constructor(source: Source, file: string, config: Json) {
    this.#source = source;
    this.#file = file;
    this.#config = config;
    this.#tasks = new Map(Object.entries(tasksOf(config)).map(([name, task]) => [name, objectOf(task)]));
  }

  takeOver(): Takeover {
    const names = [...this.#tasks.keys()];
    const root = names.filter((name) => name.startsWith("//#")).flatMap((name) => this.#rootTask(name));
    const shared = [...new Set(names.filter((name) => !name.startsWith("//#")).map(taskName))];
    const packages = shared.flatMap((name) => this.#packageTask(name));
    this.#globals();
    return { found: this.#file, tasks: root, packages, remarks: [], left: this.#left.all };
  }

  #globals(): void {
    const known = [
      "globalDependencies",
      "globalEnv",
      "globalPassThroughEnv",
      "tasks",
      "pipeline",
      "$schema",
      "extends",
    ];
    const talk = [
      "ui",
      "daemon",
      "cacheDir",
      "telemetry",
      "dangerouslyDisablePackageManagerCheck",
      "noUpdateNotifier",
      "envMode",
    ];
    for (const key of Object.keys(this.#config)) {
      if (known.includes(key) || talk.includes(key)) continue;
      this.#left.add(
        `${this.#file}: ${key}`,
        key === "remoteCache" ? "the cache is on this machine" : "it has no counterpart",
      );
    }
  }

  #rootTask(name: string): TaskDraft[] {
    const script = name.slice("//#".length);
    const where = this.#where(name);
    const task = this.#tasks.get(name)!;
    if (this.#isLeftOut(where, script, task)) return [];
    const { scripts } = objectOf(this.#source.repository.readJson("package.json"));
    if (!Object.hasOwn(objectOf(scripts), script)) {
      this.#left.add(where, `package.json has no script "${script}"`);
      return [];
    }
    const { inputs, rootInputs, localInputs } = this.#inputs(where, task, [""]);
    const needs = this.#needs(where, task).filter((need) => this.#hasRootTask(where, need));
    const common = { ...this.#common(where, script, task), inputs: [...inputs, ...rootInputs] };
    const run = nodeManager(this.#source.repository).run(script);
    const key = this.#rootKey(script);
    return [
      {
        ...common,
        name: key,
        run,
        needs: needs.map((need) => this.#rootKey(need.slice(3))),
        ...lists({ localInputs }),
      },
    ];
  }

  #hasRootTask(where: string, need: string): boolean {
    if (need.startsWith("//#") && this.#tasks.has(need)) return true;
    this.#left.add(
      `${where}.dependsOn`,
      `"${need}": a task of the project can need tasks of packages only by editing \`needs\``,
    );
    return false;
  }

  /** A task of the project and one of the packages can't have the same name. */
  #rootKey(script: string): string {
    return this.#tasks.has(script) ? `root-${keyOf(script)}` : keyOf(script);
  }

  #packageTask(name: string): PackageTaskDraft[] {
    const where = this.#where(name);
    const task = this.#tasks.get(name) ?? {};
    if (this.#isLeftOut(where, name, task)) return [];
    const having = this.#packagesWith(name);
    if (having.length === 0) {
      this.#left.add(where, `no package has a script "${name}"`);
      return [];
    }
    const { inputs, ...around } = this.#inputs(
      where,
      task,
      having.map(({ folder }) => folder),
    );
    const transit = this.#transitInputs(where, task);
    const packages = this.#packagesOf(name, having);
    const overrides = this.#overrides(name, task, having);
    const draft: PackageTaskDraft = {
      ...this.#common(where, name, task),
      name: keyOf(name),
      ...(keyOf(name) !== name && { script: name }),
      needs: this.#packageNeeds(where, task),
      inputs,
      ...lists({ rootInputs: [...around.rootInputs, ...transit], localInputs: around.localInputs, packages }),
      ...(Object.keys(overrides).length > 0 && { overrides }),
    };
    return [draft];
  }

  #packagesWith(script: string): WorkspacePackage[] {
    const { packages } = this.#source.workspace;
    const having = packages.filter(({ scripts }) => Object.hasOwn(scripts, script));
    return having.filter(({ folder, scripts }) => folder !== "" || !/\bturbo\b/.test(scripts[script]!));
  }

  /** The project's own package is only meant as `//`, and its script mostly calls turbo. */
  #packagesOf(script: string, having: readonly WorkspacePackage[]): string[] {
    const own = this.#source.workspace.packages.find(({ folder }) => folder === "");
    const isBeside = own !== undefined && Object.hasOwn(own.scripts, script) && !having.includes(own);
    const isDescribed = this.#tasks.has(script);
    const named = having.filter(({ name, folder }) => this.#override(name, folder, script) !== undefined);
    if (!isDescribed) return named.map(({ name }) => name);
    return isBeside ? [`!${own.name}`] : [];
  }

  #isLeftOut(where: string, name: string, { persistent }: TurboTask): boolean {
    if (persistent !== true && !/^(dev|start|serve|watch|preview)$/.test(name)) return false;
    const why = persistent === true ? "it is persistent" : "by its name it never ends";
    this.#left.add(
      where,
      `${why}, and a run goes to its end: start it as before (${nodeManager(this.#source.repository).run(name)})`,
    );
    return true;
  }

  #common(where: string, name: string, task: TurboTask) {
    this.#tellRest(where, task);
    const stage = stageOf(name);
    return {
      ...this.#env(where, task),
      ...this.#outputs(where, task),
      ...(stage !== undefined && { stage }),
      ...(task.cache === false && {
        uncached: typeof task.because === "string" ? task.because : `${this.#file} says so`,
      }),
    };
  }

  /** Keys that are left: what only changes the display is not told. */
  #tellRest(where: string, task: TurboTask): void {
    const reasons: Readonly<Record<string, string>> = {
      with: "nothing is started beside a task but its `services`",
      interactive: "tasks get no input",
      extends: "write the task out",
      dotEnv: "name the files in `localInputs`",
    };
    for (const [key, why] of Object.entries(reasons))
      if (task[key] !== undefined) this.#left.add(`${where}.${key}`, why);
  }

  #env(where: string, task: TurboTask): { env?: string[] } {
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

  #outputs(where: string, task: TurboTask): Pick<PackageTaskDraft, "outputs" | "uncached"> {
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
      ...(torn.length > 0 && { uncached: `it also writes ${torn.join(", ")}, of which a part has to stay` }),
    };
  }

  /** `folders`: of the packages that the task stands in; paths that climb out of one lead elsewhere for each. */
  #inputs(where: string, task: TurboTask, folders: readonly string[]): Placed {
    const placed: Placed = { inputs: [], rootInputs: [], localInputs: [] };
    const declared = task.inputs === undefined ? ["$TURBO_DEFAULT$"] : textsOf(task.inputs);
    for (const text of declared) {
      if (text === "$TURBO_DEFAULT$") placed.inputs.push(...defaultInputs(this.#source.repository));
      else if (text.includes("$TURBO_ROOT$/")) placed.rootInputs.push(text.replace("$TURBO_ROOT$/", ""));
      else for (const folder of folders) this.#place(where, text, folder, placed);
    }
    for (const text of textsOf(this.#config.globalDependencies)) {
      if (!text.startsWith("$")) this.#place(where, text, "", { ...placed, inputs: placed.rootInputs });
    }
    // A list of nothing but exclusions means all other files.
    if (placed.inputs.length > 0 && placed.inputs.every((input) => input.startsWith("!"))) placed.inputs.unshift("**");
    return {
      inputs: unique(placed.inputs),
      rootInputs: this.#present(unique(placed.rootInputs)),
      localInputs: unique(placed.localInputs),
    };
  }

  #place(where: string, text: string, folder: string, placed: Placed): void {
    const found = placePattern(text, folder);
    if (found === undefined) this.#left.add(`${where}.inputs`, `"${text}": it leads out of the project`);
    else if (isLocalFile(found.pattern))
      placed.localInputs.push(found.in === "package" ? found.pattern : `./${found.pattern}`);
    else (found.in === "package" ? placed.inputs : placed.rootInputs).push(found.pattern);
  }

  /** A plain path that is not there would be an error; turbo takes it for nothing. */
  #present(paths: readonly string[]): string[] {
    return paths.filter((path) => /[*?{[!]/.test(path) || this.#source.repository.has(path));
  }

  #needs(where: string, task: TurboTask): string[] {
    return textsOf(task.dependsOn).filter((need) => {
      if (need.startsWith("$")) return false;
      if (!need.includes("#") || need.startsWith("//#")) return true;
      const why = `"${need}": a need is for all packages or by their dependencies: add the package to the dependencies in package.json, then \`^\` orders them`;
      this.#left.add(`${where}.dependsOn`, why);
      return false;
    });
  }

  #packageNeeds(where: string, task: TurboTask): string[] {
    const needs = this.#needs(where, task);
    return unique(
      needs.flatMap((need) => {
        if (need.startsWith("//#")) return this.#tasks.has(need) ? [this.#rootKey(need.slice(3))] : [];
        const bare = need.replace(/^\^/, "");
        return this.#stands(bare) ? [`${need.startsWith("^") ? "^" : ""}${keyOf(bare)}`] : [];
      }),
    );
  }

  /** Whether the definition has this task in packages. */
  #stands(name: string): boolean {
    const task = this.#tasks.get(name) ?? {};
    return (
      task.persistent !== true &&
      this.#packagesWith(name).length > 0 &&
      [...this.#tasks.keys()].map(taskName).includes(name)
    );
  }

  /** A task that no package has carries nothing but "what I depend on has changed": then all packages' files count. */
  #transitInputs(where: string, task: TurboTask): string[] {
    const behind = this.#needs(where, task)
      .filter((need) => !need.startsWith("//#"))
      .map((need) => need.replace(/^\^/, ""));
    const isTransit = (name: string) =>
      this.#packagesWith(name).length === 0 &&
      textsOf(this.#tasks.get(name)?.dependsOn).some((need) => need.startsWith("^"));
    if (!behind.some(isTransit)) return [];
    this.#left.add(
      `${where}.dependsOn`,
      "a task without a script stands for the files of dependencies: here the files of all packages count",
    );
    return this.#source.workspace.packages.filter(({ folder }) => folder !== "").map(({ folder }) => `${folder}/**`);
  }

  #overrides(name: string, task: TurboTask, having: readonly WorkspacePackage[]): Record<string, OverrideDraft> {
    const entries = having.flatMap(({ name: packageName, folder }): [string, OverrideDraft][] => {
      const own = this.#override(packageName, folder, name);
      return own === undefined
        ? []
        : [[packageName, this.#overrideOf(own.where, { ...own.base(task), ...own.task }, folder, own.task)]];
    });
    return Object.fromEntries(entries.filter(([, override]) => Object.keys(override).length > 0));
  }

  /** `pkg#task` stands in the place of the shared task; a turbo.json in the package changes what it names. */
  #override(packageName: string, folder: string, name: string) {
    const named = this.#tasks.get(`${packageName}#${name}`);
    if (named !== undefined) return { where: this.#where(`${packageName}#${name}`), task: named, base: () => ({}) };
    const file = files
      .map((each) => `${folder}/${each}`)
      .find((each) => folder !== "" && this.#source.repository.has(each));
    if (file === undefined) return undefined;
    const tasks = objectOf(tasksOf(objectOf(parseRelaxedJson(this.#source.repository.read(file)))));
    if (!Object.hasOwn(tasks, name)) return undefined;
    return { where: `${file}: ${name}`, task: objectOf(tasks[name]), base: (task: TurboTask) => task };
  }

  #overrideOf(where: string, task: TurboTask, folder: string, own: TurboTask): OverrideDraft {
    if (
      own.dependsOn !== undefined &&
      JSON.stringify(own.dependsOn) !== JSON.stringify(this.#tasks.get(taskName(where))?.dependsOn)
    ) {
      this.#left.add(
        `${where}.dependsOn`,
        "what a task needs is the same in all packages: give this package a task of its own",
      );
    }
    if (own.persistent === true)
      this.#left.add(`${where}.persistent`, "a run goes to its end: exclude the package by `packages`");
    const { inputs, rootInputs, localInputs } = this.#inputs(where, task, [folder]);
    if (own.inputs !== undefined && rootInputs.length > 0) {
      this.#left.add(
        `${where}.inputs`,
        `${rootInputs.join(", ")}: files outside of the package count for all: add them to \`rootInputs\``,
      );
    }
    return {
      ...(typeof own.run === "string" && { run: own.run }),
      ...(own.inputs !== undefined && { inputs }),
      ...(own.inputs !== undefined && lists({ localInputs })),
      ...(own.outputs !== undefined && { outputs: this.#outputs(where, task).outputs ?? [] }),
      ...(own.env !== undefined && this.#env(where, task)),
      ...(own.cache === false && { uncached: `${where.split(":")[0]} says so` }),
      ...(own.cache === true && { cached: true }),
    };
  }

  #where(name: string): string {
    const key = this.#config.tasks === undefined ? "pipeline" : "tasks";
    return `${this.#file}: ${key}.${name}`;
  }
}

function tasksOf(config: Json): Json {
  return objectOf(config.tasks ?? config.pipeline);
}

function taskName(name: string): string {
  return name.slice(name.lastIndexOf("#") + 1);
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}

/** Without the lists that are empty. */
function lists<K extends string>(all: Readonly<Record<K, readonly string[]>>): Partial<Record<K, string[]>> {
  return Object.fromEntries(Object.entries<readonly string[]>(all).filter(([, list]) => list.length > 0)) as Partial<
    Record<K, string[]>
  >;
}

function isInside(pattern: string): boolean {
  return placePattern(pattern, "x")?.in === "package";
}
