import type { WorkspacePackage } from "../../../graph/workspace/package.ts";
import type { OverrideDraft, PackageTaskDraft, TaskDraft } from "../draft.ts";
import { keyOf } from "../identifiers.ts";
import { type Json, objectOf, parseRelaxedJson, textsOf } from "../relaxed-json.ts";
import { nodeManager } from "../stacks/node-manager.ts";
import { LeftOver, type Source, stageOf, type Takeover } from "./takeover.ts";
import {
  extendedBy,
  hasOwnNeeds,
  inPlaceOf,
  type OwnTask,
  overrideOf,
  packageConfig,
  packageTasks,
  tasksOf,
  turboFiles,
} from "./turbo-overrides.ts";
import { lists, type TurboTask, TurboTerms, unique } from "./turbo-terms.ts";

/** Keys of the whole that are dealt with, and those that only change what is shown. */
const carriedOver = new Set(
  "globalDependencies globalEnv globalPassThroughEnv tasks pipeline $schema extends".split(" "),
);
const displayed = new Set(
  "ui daemon cacheDir telemetry dangerouslyDisablePackageManagerCheck noUpdateNotifier envMode".split(" "),
);

/** `turbo.json` (`tasks`, and `pipeline` before version 2), with those of the packages. */
export function takeOverTurbo(source: Source): Takeover | undefined {
  const file = turboFiles.find((name) => source.repository.has(name));
  if (file === undefined) return undefined;
  const config = objectOf(parseRelaxedJson(source.repository.read(file)));
  return takeOverTasks(source, file, config);
}

/** Tasks described as turbo does: `file` is what they are told of by. `run` of a `pkg#task` is a
 * command in place of the script. `merges`: such a task adds to the shared one. */
export function takeOverTasks(source: Source, file: string, config: Json, merges = false): Takeover {
  return new Turbo(source, file, config, merges).takeOver();
}

class Turbo {
  readonly #source: Source;
  readonly #file: string;
  readonly #config: Json;
  readonly #tasks: ReadonlyMap<string, TurboTask>;
  readonly #left = new LeftOver();
  readonly #terms: TurboTerms;
  /** Whether a `pkg#task` only adds to the shared task. */
  readonly #merges: boolean;

  constructor(source: Source, file: string, config: Json, merges: boolean) {
    this.#source = source;
    this.#merges = merges;
    this.#terms = new TurboTerms(source, config, this.#left);
    this.#file = file;
    this.#config = config;
    const described = Object.entries(tasksOf(config)).map(([name, task]): [string, TurboTask] => [
      name,
      objectOf(task),
    ]);
    this.#tasks = new Map([...this.#ofPackagesAlone(new Set(described.map(([name]) => name))), ...described]);
  }

  /** Tasks that only a package's own turbo.json has, as the `pkg#task` that they are. */
  #ofPackagesAlone(described: ReadonlySet<string>): [string, TurboTask][] {
    return this.#source.workspace.packages.flatMap(({ name, folder }) => {
      const own = folder === "" ? {} : packageTasks(this.#source, folder).tasks;
      const alone = Object.entries(own).filter(([task]) => !described.has(task) && !task.includes("#"));
      return alone.flatMap(([task, said]): [string, TurboTask][] => {
        if (objectOf(said).persistent === true) return [];
        return [[`${name}#${task}`, extendedBy({}, objectOf(said))]];
      });
    });
  }

  takeOver(): Takeover {
    const names = [...this.#tasks.keys()];
    const root = names.filter((name) => name.startsWith("//#")).flatMap((name) => this.#rootTask(name));
    const shared = [...new Set(names.filter((name) => !name.startsWith("//#")).map(taskName))];
    const packages = shared.flatMap((name) => this.#packageTask(name));
    this.#tellRest();
    return { found: this.#file, tasks: root, packages, remarks: [], left: this.#left.all };
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
    const { inputs, rootInputs, localInputs } = this.#terms.inputs(where, task, [""]);
    const needs = this.#needs(where, task).filter((need) => this.#hasRootTask(where, need));
    const common = { ...this.#common(where, script, task), inputs: [...inputs, ...rootInputs] };
    const run = nodeManager(this.#source.repository).run(script);
    const key = this.#rootKey(script);
    return [
      {
        ...common,
        name: key,
        run,
        needs: needs.map((need) => this.#namedNeed(need) ?? this.#rootKey(need.slice(3))),
        ...lists({ localInputs }),
      },
    ];
  }

  #hasRootTask(where: string, need: string): boolean {
    if (this.#namedNeed(need) !== undefined || (need.startsWith("//#") && this.#tasks.has(need))) return true;
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
      if (this.#isTransit(name)) return [this.#transit(where, name, task)];
      this.#left.add(where, `no package has a script "${name}"`);
      return [];
    }
    const { inputs, ...around } = this.#terms.inputs(
      where,
      task,
      having.map(({ folder }) => folder),
    );
    const packages = this.#packagesOf(name, having);
    const overrides = this.#overrides(name, task, having);
    const draft: PackageTaskDraft = {
      ...this.#common(where, name, task),
      name: keyOf(name),
      ...(keyOf(name) !== name && { script: name }),
      needs: this.#packageNeeds(where, task),
      inputs,
      ...lists({ ...around, packages }),
      ...(Object.keys(overrides).length > 0 && { overrides }),
    };
    const torn = [draft, ...Object.values(overrides)].flatMap((each) => each.torn ?? []);
    return [{ ...draft, torn }];
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
    const named = having.filter(({ name, folder }) => this.#own(name, folder, script) !== undefined);
    if (!isDescribed) return named.map(({ name }) => name);
    return isBeside ? [`!${own.name}`] : [];
  }

  #isLeftOut(where: string, name: string, task: TurboTask): boolean {
    const why = whyLeftOut(name, task);
    if (why === undefined) return false;
    this.#left.add(where, `${why}: start it as before (${nodeManager(this.#source.repository).run(name)})`);
    return true;
  }

  #common(where: string, name: string, task: TurboTask) {
    this.#terms.tellRest(where, task);
    const stage = stageOf(name);
    return {
      ...this.#terms.env(where, task),
      ...this.#terms.outputs(where, task),
      ...(stage !== undefined && { stage }),
      ...(task.cache === false && {
        uncached: typeof task.because === "string" ? task.because : `${this.#file} says so`,
      }),
    };
  }

  #needs(where: string, task: TurboTask): string[] {
    return textsOf(task.dependsOn).filter((need) => {
      if (need.startsWith("$")) return false;
      if (!need.includes("#") || need.startsWith("//#") || this.#namedNeed(need) !== undefined) return true;
      this.#left.add(`${where}.dependsOn`, `"${need}": there is no such package, or it has no such task`);
      return false;
    });
  }

  /** `utils#build`, when there is such a task; `undefined` of every other need. */
  #namedNeed(need: string): string | undefined {
    const hash = need.lastIndexOf("#");
    if (hash === -1 || need.startsWith("//#")) return undefined;
    const [packageName, task] = [need.slice(0, hash), need.slice(hash + 1)];
    const isThere = this.#stands(task) && this.#packagesWith(task).some(({ name }) => name === packageName);
    return isThere ? `${packageName}#${keyOf(task)}` : undefined;
  }

  #packageNeeds(where: string, task: TurboTask): string[] {
    const needs = this.#needs(where, task);
    return unique(
      needs.flatMap((need) => {
        if (need.startsWith("//#")) return this.#tasks.has(need) ? [this.#rootKey(need.slice(3))] : [];
        const named = this.#namedNeed(need);
        if (named !== undefined) return [named];
        const bare = need.replace(/^\^/, "");
        return this.#stands(bare) ? [`${need.startsWith("^") ? "^" : ""}${keyOf(bare)}`] : [];
      }),
    );
  }

  /** Whether the definition has this task in packages. */
  #stands(name: string): boolean {
    const task = this.#tasks.get(name) ?? {};
    return (
      whyLeftOut(name, task) === undefined &&
      (this.#packagesWith(name).length > 0 || this.#isTransit(name)) &&
      [...this.#tasks.keys()].map(taskName).includes(name)
    );
  }

  /** A task that no package has carries nothing but "what I depend on has changed". */
  #isTransit(name: string): boolean {
    const isUpstream = textsOf(this.#tasks.get(name)?.dependsOn).some((need) => need.startsWith("^"));
    return isUpstream && this.#packagesWith(name).length === 0 && this.#source.workspace.packages.length > 0;
  }

  /** Does nothing in every package: without outputs it passes on what it reads. */
  #transit(where: string, name: string, task: TurboTask): PackageTaskDraft {
    const folders = this.#source.workspace.packages.map(({ folder }) => folder);
    const { inputs, ...around } = this.#terms.inputs(where, task, folders);
    const needs = this.#packageNeeds(where, task);
    return { name: keyOf(name), run: "true", needs, inputs, ...lists({ ...around }) };
  }

  #overrides(name: string, shared: TurboTask, having: readonly WorkspacePackage[]): Record<string, OverrideDraft> {
    const entries = having.flatMap(({ name: packageName, folder }): [string, OverrideDraft][] => {
      const own = this.#own(packageName, folder, name);
      if (own === undefined) return [];
      const needs = hasOwnNeeds(own, shared) ? { needs: this.#packageNeeds(own.where, own.own) } : {};
      return [[packageName, { ...needs, ...overrideOf(own, shared, folder, this.#terms, this.#left) }]];
    });
    return Object.fromEntries(entries.filter(([, override]) => Object.keys(override).length > 0));
  }

  #own(packageName: string, folder: string, name: string): OwnTask | undefined {
    const shared = this.#tasks.get(name) ?? {};
    const id = `${packageName}#${name}`;
    const named = this.#tasks.get(id);
    if (named === undefined) return packageConfig(this.#source, folder, name, shared);
    const own = this.#merges ? named : inPlaceOf(shared, named);
    return { where: this.#where(id), own, whole: this.#merges ? { ...shared, ...own } : own };
  }

  #tellRest(): void {
    for (const key of Object.keys(this.#config)) {
      if (carriedOver.has(key) || displayed.has(key)) continue;
      const why = key === "remoteCache" ? "the cache is on this machine" : "it has no counterpart";
      this.#left.add(`${this.#file}: ${key}`, why);
    }
  }

  #where(name: string): string {
    const key = this.#config.tasks === undefined ? "pipeline" : "tasks";
    return `${this.#file}: ${key}.${name}`;
  }
}

/** A run is of all tasks: what must not be in each has to be started by hand. */
function whyLeftOut(name: string, { persistent, interactive }: TurboTask): string | undefined {
  if (persistent === true) return "it is persistent, and a run has to finish";
  if (/^(dev|start|serve|watch|preview)$/.test(name))
    return "judging by its name it never ends, and a run has to finish";
  if (interactive === true) return "it is interactive, and tasks get no input";
  if (/(^|[:-])clean($|[:-])/.test(name)) return "judging by its name it removes what other tasks have made";
  if (/(^|[:-])(fix|write|update)$/.test(name)) return "judging by its name it changes sources";
  if (/^(deploy|publish|release|version|bump)($|[:-])/.test(name))
    return "judging by its name it is not meant for every run";
  return undefined;
}

function taskName(name: string): string {
  return name.slice(name.lastIndexOf("#") + 1);
}
