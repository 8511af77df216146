import { shellWord } from "../../../errors/shell-word.ts";
import type { WorkspacePackage } from "../../../graph/workspace/package.ts";
import { type Json, objectOf, parseRelaxedJson, textsOf } from "../relaxed-json.ts";
import { askedFor } from "./asked-for.ts";
import { inferredTargets } from "./nx-plugins.ts";
import { nxProjects } from "./nx-projects.ts";
import { commandOf, goesOn, reasonAgainst, runsAlone } from "./nx-targets.ts";
import { LeftOver, type Source, type Takeover } from "./takeover.ts";
import { takeOverTasks } from "./turbo.ts";

/**
 * `nx.json`, with the targets of project.json and package.json. What nx says of a target is what turbo says of a task,
 * in other words; so it is said in those, and taken over like them. Targets with an executor, and those that a plugin
 * infers, go on being run by nx, one by one and without its cache.
 */
export function takeOverNx(source: Source): Takeover | undefined {
  if (!source.repository.has("nx.json")) return undefined;
  return new Nx(source).takeOver();
}

const unsaid = "nx.json does not mention it: list what it writes in `outputs` and it can be cached";

/** At the top of the repository: what the tools of every package read, whether nx.json says so or not. */
const readEverywhere =
  /^(nx\.json|tsconfig(\.base)?\.json|babel\.config\.\w+|\.babelrc|\.swcrc|jest\.(preset|config)\.\w+|eslint\.config\.\w+|\.eslintrc\S*)$/;

/** What nx's plugins say that these targets depend on. */
const usualNeeds: Readonly<Record<string, readonly string[]>> = {
  build: ["^build"],
  typecheck: ["^typecheck"],
  test: ["^build"],
};

class Nx {
  readonly #source: Source;
  readonly #config: Json;
  readonly #defaults: Json;
  readonly #left = new LeftOver();
  /** Names of targets that plugins infer, and those of them that write somewhere that is not known. */
  readonly #inferred = new Set<string>();
  readonly #writesAnywhere = new Set<string>();
  /** The task that stands for the files of a package; a name that is none of its scripts. */
  readonly #sources: string;
  /** Targets that the project's scripts have nx (or lerna) run everywhere. */
  readonly #asked: readonly string[];
  readonly #alone: string;
  /** What is read of dependencies: `production` of `^production`. */
  readonly #readOfDependencies = new Set<string>();

  constructor(source: Source) {
    this.#source = source;
    this.#config = objectOf(parseRelaxedJson(source.repository.read("nx.json")));
    this.#defaults = objectOf(this.#config.targetDefaults);
    this.#asked = askedFor(source.repository).filter((name) => !goesOn.test(name));
    const taken = new Set([
      ...source.workspace.packages.flatMap(({ scripts }) => Object.keys(scripts)),
      ...Object.keys(this.#defaults),
    ]);
    this.#alone = runsAlone(source.repository);
    this.#sources = taken.has("sources") ? "package-sources" : "sources";
  }

  takeOver(): Takeover {
    this.#lookAtPlugins();
    const tasks: Record<string, Json> = {};
    const packages = this.#source.workspace.packages.map((each) => this.#package(each, tasks));
    const inPackages = packages.filter(({ folder }) => folder !== "");
    const names = new Set([
      ...Object.keys(tasks).map((name) => name.slice(name.lastIndexOf("#") + 1)),
      ...this.#shared(inPackages),
    ]);
    const shared = [...names].map((name): [string, Json] => [
      name,
      this.#described(objectOf(this.#defaults[name]), name),
    ]);
    const config = {
      tasks: { ...Object.fromEntries(shared), ...tasks, ...this.#sourcesTask() },
      globalDependencies: this.#source.repository.entries.filter((entry) => readEverywhere.test(entry)),
    };
    const workspace = { ...this.#source.workspace, packages: inPackages };
    const takeover = takeOverTasks({ ...this.#source, workspace }, "nx.json", config, true);
    const projects = nxProjects(this.#source, this.#config).takeOver(this.#asked);
    const left = [...this.#left.all, ...projects.left, ...takeover.left];
    return { ...takeover, tasks: [...takeover.tasks, ...projects.tasks], left };
  }

  /** Targets that are described and that a script may carry out. */
  #shared(packages: readonly WorkspacePackage[]): string[] {
    const described = [...Object.keys(this.#defaults), ...this.#cacheable(), ...this.#asked];
    const isTarget = (name: string) =>
      !/[:*]/.test(name) || packages.some(({ scripts }) => Object.hasOwn(scripts, name));
    return described.filter((name) => isTarget(name) && packages.some(({ scripts }) => Object.hasOwn(scripts, name)));
  }

  /** Adds the package's own targets to `tasks`; returns it with a script for each. */
  #package(each: WorkspacePackage, tasks: Record<string, Json>): WorkspacePackage {
    const folder = this.#source.repository.below(each.folder === "" ? "." : each.folder);
    const project = objectOf(parseRelaxedJson(folder.read("project.json")));
    const own = { ...objectOf(objectOf(folder.readJson("package.json").nx).targets), ...objectOf(project.targets) };
    const inferred = new Map(inferredTargets(this.#config, folder).targets.map((each) => [each.name, each.outputs]));
    const scripts: Record<string, string> = { ...each.scripts };
    const name = typeof project.name === "string" ? project.name : each.name;
    for (const target of new Set([...Object.keys(own), ...inferred.keys()])) {
      if (each.folder === "" || goesOn.test(target)) continue;
      if (!Object.hasOwn(own, target) && callsNx(scripts, target)) continue;
      const said = objectOf(own[target]);
      const unfit = reasonAgainst(said);
      if (unfit !== undefined) {
        this.#left.add(`nx: ${name}:${target}`, unfit);
        continue;
      }
      const run =
        commandOf(said) ??
        (Object.hasOwn(each.scripts, target) ? undefined : `nx run ${shellWord(`${name}:${target}`)} ${this.#alone}`);
      if (run?.startsWith("nx run "))
        this.#left.add(`nx: ${name}:${target}`, "its executor belongs to nx, which goes on running it");
      const outputs = this.#writesAnywhere.has(target) ? undefined : inferred.get(target);
      tasks[`${each.name}#${target}`] = {
        ...(outputs !== undefined && outputs.length > 0 && { outputs }),
        ...this.#differing(said, target),
        ...(run !== undefined && { run }),
      };
      if (run !== undefined) scripts[target] = run;
    }
    return { ...each, scripts };
  }

  #lookAtPlugins(): void {
    for (const { folder } of this.#source.workspace.packages) {
      const below = this.#source.repository.below(folder === "" ? "." : folder);
      const { targets, unknown } = inferredTargets(this.#config, below);
      for (const { name, outputs } of targets) {
        this.#inferred.add(name);
        if (outputs === undefined) this.#writesAnywhere.add(name);
      }
      for (const plugin of unknown)
        this.#left.add("nx.json: plugins", `${plugin}: it is not known which targets it infers`);
    }
  }

  /** Only what the project itself says of a target; the rest is the default's. */
  #differing(said: Json, target: string): Json {
    const described = this.#described({ ...objectOf(this.#defaults[target]), ...said }, target);
    const keys = ["dependsOn", "inputs", "outputs", "cache"].filter((key) => said[key] !== undefined);
    return Object.fromEntries(keys.map((key) => [key, described[key]]));
  }

  #described(target: Json, name: string): Json {
    const { inputs, env } = this.#inputs(target.inputs, name);
    const isInferred = this.#inferred.has(name) && target.cache === undefined;
    const dependsOn = this.#dependsOn(
      target.dependsOn ?? (isInferred ? usualNeeds[name] : this.#needsIfOnlyAsked(name)),
      name,
    );
    const isKnown = isInferred && !this.#writesAnywhere.has(name);
    const isCached = target.cache === true || (target.cache !== false && (isKnown || this.#cacheable().includes(name)));
    const read = isCached ? this.#ofDependencies(target.inputs) : [];
    for (const each of read) this.#readOfDependencies.add(each);
    if (read.length > 0) dependsOn.push(`^${this.#sources}`);
    const isAsked = this.#isOnlyAsked(name);
    const because = "only nx's plugin knows what it writes: list it in `outputs` and it can be cached";
    return {
      dependsOn,
      inputs,
      env,
      outputs: textsOf(target.outputs).flatMap((output) => this.#output(output, name)),
      ...(!isCached && { cache: false, ...(isInferred && { because }), ...(isAsked && { because: unsaid }) }),
    };
  }

  /** Nothing describes it: a script of the project has nx run it, and nothing else is known. */
  #isOnlyAsked(name: string): boolean {
    return this.#asked.includes(name) && !Object.hasOwn(this.#defaults, name) && !this.#cacheable().includes(name);
  }

  /** A test mostly tests what was built, which people do before by hand. */
  #needsIfOnlyAsked(name: string): readonly string[] | undefined {
    if (!this.#isOnlyAsked(name)) return undefined;
    const usual = usualNeeds[name] ?? [];
    const isBuilt = this.#source.workspace.packages.some(({ scripts }) => Object.hasOwn(scripts, "build"));
    return name === "test" && isBuilt ? ["build", ...usual] : usual;
  }

  #dependsOn(value: unknown, name: string): string[] {
    const list = Array.isArray(value) ? value : [];
    return list.flatMap((each) => {
      if (typeof each === "string") return [each.replace(/^(?!\^)(.+):([^:]+)$/, "$1#$2")];
      const { target, dependencies, projects } = objectOf(each);
      if (typeof target === "string" && (dependencies === true || projects === "dependencies")) return [`^${target}`];
      if (typeof target === "string" && (projects === undefined || projects === "self")) return [target];
      const named =
        typeof target === "string" ? [projects].flat().filter((project) => typeof project === "string") : [];
      if (named.length > 0) return named.map((project) => `${project}#${target}`);
      this.#left.add(`nx.json: ${name}.dependsOn`, `${JSON.stringify(each)}: it names no task of a package`);
      return [];
    });
  }

  /** Named inputs are followed; those of dependencies (`^`) are dealt with apart. */
  #inputs(value: unknown, name: string): { readonly inputs: string[]; readonly env: string[] } {
    const inputs: string[] = [];
    const env: string[] = [];
    const seen = new Set<string>();
    const add = (each: unknown): void => {
      const text = typeof each === "string" ? each : objectOf(each).fileset;
      if (typeof text === "string") {
        if (text.startsWith("^")) return;
        const named = objectOf(this.#config.namedInputs)[text];
        if (Array.isArray(named)) {
          if (!seen.has(text)) for (const inner of named) add(inner);
          seen.add(text);
        } else if (text === "default") inputs.push("$TURBO_DEFAULT$");
        else inputs.push(...this.#file(text, name));
        return;
      }
      const variable = objectOf(each).env;
      if (typeof variable === "string") env.push(variable);
      else if (objectOf(each).runtime !== undefined) {
        this.#left.add(`nx.json: ${name}.inputs`, `${JSON.stringify(each)}: the output of a command is no input`);
      }
    };
    for (const each of Array.isArray(value) ? value : ["default"]) add(each);
    return { inputs, env };
  }

  /** What nx calls `^default`: a task that does nothing passes on what each package is made of. */
  #sourcesTask(): Record<string, Json> {
    const [first, ...others] = this.#readOfDependencies;
    if (first === undefined) return {};
    // Of several the widest, which has everything.
    const { inputs } = this.#inputs([others.length === 0 ? first : "default"], this.#sources);
    return { [this.#sources]: { dependsOn: [`^${this.#sources}`], inputs } };
  }

  /** nx's own default is `default` and `^default`. */
  #ofDependencies(value: unknown): string[] {
    if (!Array.isArray(value)) return ["default"];
    const named = value.map((each) => {
      if (typeof each === "string") return each.startsWith("^") ? each.slice(1) : undefined;
      const { input, dependencies, projects } = objectOf(each);
      return dependencies === true || projects === "dependencies" ? input : undefined;
    });
    return named.filter((name) => typeof name === "string");
  }

  #file(text: string, name: string): string[] {
    const excluded = text.startsWith("!") ? "!" : "";
    const body = text.slice(excluded.length);
    if (/^\{projectRoot\}\/\*\*\/?\*?$/.test(body)) return [excluded === "" ? "$TURBO_DEFAULT$" : "!**"];
    if (body.startsWith("{projectRoot}/")) return [excluded + body.slice("{projectRoot}/".length)];
    if (body.startsWith("{workspaceRoot}/"))
      return excluded === "" ? [`$TURBO_ROOT$/${body.slice("{workspaceRoot}/".length)}`] : [];
    this.#left.add(`nx.json: ${name}.inputs`, `${JSON.stringify(text)}: it is not known what it stands for`);
    return [];
  }

  #output(text: string, name: string): string[] {
    if (text.startsWith("{projectRoot}/")) return [text.slice("{projectRoot}/".length)];
    const why = text.startsWith("{options")
      ? "the option of an executor"
      : "a package's outputs have to be inside the package";
    this.#left.add(`nx.json: ${name}.outputs`, `${JSON.stringify(text)}: ${why}: write the folder`);
    return [];
  }

  /** Before `cache: true` there was a list. */
  #cacheable(): string[] {
    const runner = objectOf(objectOf(this.#config.tasksRunnerOptions).default);
    return textsOf(objectOf(runner.options).cacheableOperations);
  }
}

/** Whether a script of the package has nx run the target: then it is a part of that task, with what that needs. */
function callsNx(scripts: Readonly<Record<string, string>>, target: string): boolean {
  return Object.values(scripts).some((script) =>
    script
      .split(/&&|;/)
      .some(
        (step) =>
          /\bnx\b/.test(step) && step.split(/[\s]+/).some((word) => word === target || word.endsWith(`:${target}`)),
      ),
  );
}
