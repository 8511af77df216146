import { posix } from "node:path";
import { defaultInputs } from "../default-inputs.ts";
import type { Left, ServiceDraft, TaskDraft } from "../draft.ts";
import { keyOf } from "../identifiers.ts";
import { type Json, objectOf, parseRelaxedJson, textsOf } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";
import { withHosts } from "../stacks/node-folders.ts";
import { frameworkService, usesRouter } from "../stacks/node-frameworks.ts";
import { nodeManager } from "../stacks/node-manager.ts";
import { nodeOutputs } from "../stacks/node-outputs.ts";
import { Scripts } from "../stacks/node-scripts.ts";
import { programService } from "../stacks/node-services.ts";
import { runsNode } from "../stacks/nx-program.ts";
import { type InferredTarget, inferredTargets } from "./nx-plugins.ts";
import { goesOn, reasonAgainst, runsAlone } from "./nx-targets.ts";
import { type Source, stageOf } from "./takeover.ts";

/** A project of nx that is no package of the workspace: all that is known of it stands in its project.json. */
interface Project {
  readonly folder: string;
  readonly name: string;
  readonly below: Repository;
  readonly targets: Json;
  readonly inferred: readonly InferredTarget[];
}

/** What these projects become. */
export interface NxProjects {
  /** Tasks that have nx run a target in all of them. `asked`: targets that the project's scripts have nx run everywhere. */
  takeOver(asked: readonly string[]): { readonly tasks: readonly TaskDraft[]; readonly left: readonly Left[] };
  services(): readonly ServiceDraft[];
}

/** Targets that nearly always mean the same; others may do anything. */
const usual = ["build", "lint", "typecheck", "type-check", "check-types", "test"];

/** What executors come to that write where their options or the settings of a tool say. */
const commands: Readonly<Record<string, string>> = {
  "@nx/vite:build": "vite build",
  "@nrwl/vite:build": "vite build",
  "@nx/webpack:webpack": "webpack",
  "@nrwl/webpack:webpack": "webpack",
  "@nx/rollup:rollup": "rollup",
};

/**
 * The projects of a repository whose packages are all in one package.json. Which project reads what of others is known to nx
 * alone, so that every task reads all files; then a task for each project would save nothing, and nx runs them together.
 */
export function nxProjects(source: Source, config: Json): NxProjects {
  return new Projects(source, config);
}

class Projects implements NxProjects {
  readonly #repository: Repository;
  readonly #projects: readonly Project[];
  /** Whether other projects are packages, whose tasks stand by themselves. */
  readonly #isMixed: boolean;

  constructor({ repository, workspace }: Source, config: Json) {
    this.#repository = repository;
    const packages = new Set(workspace.packages.map(({ folder }) => folder));
    const folders = repository.has("project.json") ? [] : projectFolders(repository, "");
    this.#projects = folders.filter((folder) => !packages.has(folder)).map((folder) => this.#project(folder, config));
    this.#isMixed = [...packages].some((folder) => folder !== "");
  }

  takeOver(asked: readonly string[]): { readonly tasks: TaskDraft[]; readonly left: Left[] } {
    const left: Left[] = [];
    const tasks = [...new Set([...usual, ...asked])].flatMap((target) => this.#task(target, left));
    const others = this.#projects.flatMap(({ name, targets }) =>
      Object.keys(targets)
        .filter((target) => !usual.includes(target) && !asked.includes(target) && !goesOn.test(target))
        .map((target) => `${name}:${target}`),
    );
    const more = others.length > 1 ? ` and ${others.length - 1} more` : "";
    const why = "it is not known what it is for: start it as before (nx run), or write a task that does";
    return { tasks, left: [...left, ...(others.length > 0 ? [{ where: `nx: ${others[0]}${more}`, why }] : [])] };
  }

  services(): readonly ServiceDraft[] {
    return withHosts(this.#projects.flatMap((project) => this.#service(project) ?? []));
  }

  #project(folder: string, config: Json): Project {
    const below = this.#repository.below(folder);
    const project = objectOf(parseRelaxedJson(below.read("project.json")));
    const name = typeof project.name === "string" ? project.name : posix.basename(folder);
    const { targets } = inferredTargets(config, below);
    return { folder, name, below, targets: objectOf(project.targets), inferred: targets };
  }

  #task(target: string, left: Left[]): TaskDraft[] {
    const having = this.#projects.filter((project) => hasTarget(project, target));
    const unfit = having.flatMap(({ name, targets }) => {
      const why = reasonAgainst(objectOf(targets[target]));
      return why === undefined ? [] : [{ name, why }];
    });
    left.push(...unfit.map(({ name, why }) => ({ where: `nx: ${name}:${target}`, why })));
    const meant = having.filter(({ name }) => !unfit.some((each) => each.name === name));
    if (meant.length === 0) return [];
    const isBuilt = target !== "build" && this.#projects.some((project) => hasTarget(project, "build"));
    const named = this.#isMixed || unfit.length > 0 ? ` --projects=${meant.map(({ name }) => name).join(",")}` : "";
    // What builds need of each other is in nx's hands; what checks need of builds is done by then.
    const options = isBuilt ? runsAlone(this.#repository) : "--skipNxCache";
    const stage = stageOf(target);
    return [
      {
        name: this.#isMixed ? `projects-${keyOf(target)}` : keyOf(target),
        run: `NX_DAEMON=false ${this.#nx} run-many -t ${target} ${options}${named}`,
        ...(isBuilt && { needs: [this.#isMixed ? "projects-build" : "build"] }),
        inputs: defaultInputs(this.#repository),
        ...(stage !== undefined && { stage }),
        ...(target === "build" ? this.#written(meant) : writesUnseen(target, meant)),
      },
    ];
  }

  get #nx(): string {
    const { name } = nodeManager(this.#repository);
    return { npm: "npx nx", pnpm: "pnpm exec nx", bun: "bunx nx" }[name] ?? `${name} nx`;
  }

  #written(projects: readonly Project[]): Pick<TaskDraft, "outputs" | "uncached"> {
    const places = projects.map((project) => ({ name: project.name, outputs: outputsOf(project) }));
    const all = [...new Set(places.flatMap(({ outputs }) => outputs))].sort();
    const outputs = all.filter((one) => !all.some((other) => other !== one && one.startsWith(other)));
    const unknown = places.filter((each) => each.outputs.length === 0).map(({ name }) => name);
    const uncached = `it is not known what ${unknown.join(", ")} writes: list it in \`outputs\` and it can be cached`;
    return { ...(outputs.length > 0 && { outputs }), ...(unknown.length > 0 && { uncached }) };
  }

  #service(project: Project): ServiceDraft | undefined {
    const { below, targets, folder } = project;
    const [output] = outputsOf(project);
    if (output === undefined) return undefined;
    const name = keyOf(posix.basename(folder));
    const found = { repository: below, scripts: new Scripts({}), build: "", outputs: [output], hasModules: true };
    if (Object.values(targets).some((target) => runsNode.test(String(objectOf(target).executor)))) {
      const program = programService(found, `node ${output}${programName(objectOf(targets.build))}`);
      return { ...program, name, ...("run" in program && { files: [output, "package.json", "node_modules/"] }) };
    }
    const made = frameworkService(below, commandOf(project), [output]);
    if (made === undefined || !("static" in made)) return undefined;
    return { ...made, name, ...(usesRouter(this.#repository) && { fallback: true }) };
  }
}

const mostDeep = 4;

/** Folders with a project.json, at most so deep; what is inside of a project is its own. */
function projectFolders(repository: Repository, folder: string): string[] {
  const inside = repository.entries.filter((entry) => /^(?!node_modules\/|dist\/|tmp\/|\.).*\/$/.test(entry));
  return inside.flatMap((entry) => {
    const path = `${folder}${entry}`;
    const below = repository.below(entry);
    if (below.has("project.json")) return [path.slice(0, -1)];
    return path.split("/").length > mostDeep ? [] : projectFolders(below, path);
  });
}

function hasTarget({ targets, inferred }: Project, target: string): boolean {
  return Object.hasOwn(targets, target) || inferred.some(({ name }) => name === target);
}

/** A check that a plugin infers and that writes somewhere: notes of the compiler, coverage. */
function writesUnseen(target: string, projects: readonly Project[]): Pick<TaskDraft, "uncached"> {
  const isUnseen = projects.some(({ targets, inferred }) =>
    inferred.some(({ name, outputs }) => name === target && outputs === undefined && !Object.hasOwn(targets, name)),
  );
  return isUnseen
    ? { uncached: "only nx's plugin knows what it writes: list it in `outputs` and it can be cached" }
    : {};
}

/** Folders that its build writes, from the repository's own folder. */
function outputsOf(project: Project): string[] {
  const { folder, below, targets } = project;
  const build = objectOf(targets.build);
  const { outputPath } = objectOf(build.options);
  const chosen = typeof outputPath === "string" ? outputPath : objectOf(outputPath).base;
  const said = [...(typeof chosen === "string" ? [chosen] : []), ...textsOf(build.outputs)];
  const places = said.filter((place) => !/\{(?!projectRoot|workspaceRoot)/.test(place));
  const first = places[0]?.replace("{projectRoot}", folder).replace("{workspaceRoot}/", "");
  if (first !== undefined)
    return /^[\w.@/-]+$/.test(first) && !first.includes("..") ? [`${posix.normalize(first).replace(/\/$/, "")}/`] : [];
  const command = commandOf(project);
  return command === "" ? [] : nodeOutputs(below, command, folder);
}

function commandOf({ targets, inferred }: Project): string {
  const { executor } = objectOf(targets.build);
  return commands[String(executor)] ?? inferred.find(({ name }) => name === "build")?.command ?? "";
}

/** What nx calls the program that it starts: after the file that it begins with. */
function programName({ options }: Json): string {
  const { outputFileName, main } = objectOf(options);
  if (typeof outputFileName === "string") return outputFileName;
  return `${posix.parse(typeof main === "string" ? main : "main.ts").name}.js`;
}
