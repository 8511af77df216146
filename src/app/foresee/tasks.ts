import { posix } from "node:path";
import type { Condition } from "../../definition/types.ts";
import { count } from "../../errors/quantities.ts";
import { type GraphTask, upstreamOf } from "../../graph/graph.ts";
import { matches, type Pattern } from "../../graph/patterns/pattern.ts";
import { packageSearchPath } from "../../graph/workspace/search-path.ts";
import { taskEnvironment } from "../../inputs/environment.ts";
import { findProgram } from "../../inputs/tools.ts";
import { showCommand } from "../../process/command.ts";
import { Bins } from "./bins.ts";
import type { CommandNeed, DemandNeed, FileNeed, ProgramNeed } from "./command-need.ts";
import type { ForeseeRequest, Foresight } from "./foreseen.ts";
import { missingProgram } from "./installers.ts";
import { needsOf } from "./needs.ts";
import type { ProjectFiles } from "./project-files.ts";
import { missingScript } from "./scripts.ts";

/** What is wrong with what tasks run. What many tasks have in common is told once. */
export function taskProblems(request: ForeseeRequest, files: ProjectFiles): Foresight[] {
  const look = new TaskLook(request, files);
  const found = [...request.graph.values()].flatMap((task) =>
    look.problemsOf(task).map((problem) => ({ problem, task: task.name })),
  );
  return oncePerPlace(found);
}

/** In packages a task stands in the definition once; what mends one program of it mends the others. */
function oncePerPlace(found: readonly { readonly problem: Foresight; readonly task: string }[]): Foresight[] {
  const byPlace = Map.groupBy(found, ({ problem }) => `${problem.code}\0${problem.path.join("\0")}\0${problem.hint}`);
  return [...byPlace.values()].map((those) => {
    const { message, ...rest } = those[0]!.problem;
    const others = new Set(those.map(({ task }) => task)).size - 1;
    return { ...rest, message: others === 0 ? message : `${message} (and so ${count(others, "other task")})` };
  });
}

/** An output and the task that writes it. */
interface Owned {
  readonly pattern: Pattern;
  readonly task: string;
}

class TaskLook {
  readonly #request: ForeseeRequest;
  readonly #files: ProjectFiles;
  readonly #bins: Bins;
  readonly #searchPath: string;
  /** By the first name of its path, so that a look-up costs little in a large pipeline; "" is for globs at the top. */
  readonly #outputs = new Map<string, Owned[]>();
  readonly #needed: ReadonlySet<string>;
  readonly #programs = new Map<string, string | undefined>();
  readonly #modules = new Map<string, string | undefined>();
  readonly #searchPaths = new Map<string, string>();
  /** Of one task at a time: each of its needs may ask. */
  #upstream: { readonly of: string; readonly names: ReadonlySet<string> } | undefined;

  constructor(request: ForeseeRequest, files: ProjectFiles) {
    const { folder, graph, variables } = request;
    this.#request = request;
    this.#files = files;
    this.#bins = new Bins(files);
    this.#searchPath = taskEnvironment(variables, [], folder).variables.PATH!;
    this.#needed = new Set([...graph.values()].flatMap(({ needs }) => needs));
    for (const { name, patterns } of graph.values()) {
      for (const { pattern } of patterns.outputs) {
        const key = pattern.base;
        const owned = { pattern, task: name };
        const others = this.#outputs.get(key);
        if (others) others.push(owned);
        else this.#outputs.set(key, [owned]);
      }
    }
  }

  problemsOf(task: GraphTask): Foresight[] {
    const steps = task.package?.steps ?? [{ run: task.task.run }];
    const folder = task.package?.folder ?? "";
    return steps.flatMap(({ run }) => needsOf(run, this.#files, folder).flatMap((need) => this.#problemOf(task, need)));
  }

  #problemOf(task: GraphTask, need: CommandNeed): Foresight[] {
    switch (need.is) {
      case "file":
        return this.#fileProblem(task, need);
      case "folder":
        return [];
      case "demand":
        return demandProblem(task, need);
      case "script":
        return [missingScript(subjectOf(task), placeOf(task), need)];
      case "program":
        return need.name.includes("/") ? this.#pathProblem(task, need) : this.#programProblem(task, need);
      default:
        return need satisfies never;
    }
  }

  #pathProblem(task: GraphTask, need: ProgramNeed): Foresight[] {
    const path = posix.join(need.folder, need.name);
    return path.startsWith("../") ? [] : this.#fileProblem(task, { ...need, is: "file", anyOf: [path] });
  }

  #fileProblem(task: GraphTask, { anyOf, isFirst }: FileNeed): Foresight[] {
    const owner = anyOf.map((path) => this.#ownerOf(path)).find((one) => one !== undefined);
    if (owner !== undefined) return this.#withoutNeed(task, owner, anyOf[0]);
    // What an earlier command of the line makes is nobody's output.
    if (!isFirst || anyOf.some((path) => this.#files.isFile(path) || this.#isMadeUndeclared(task))) return [];
    return [
      {
        code: "command-file-missing",
        path: placeOf(task),
        message: `${subjectOf(task)} starts ${anyOf[0]}, which is not there, and no task says that it writes it`,
        hint: "Correct the command, or add it to the `outputs` of the task that writes it.",
        isCertain: false,
      },
    ];
  }

  /** A task before it that does not say what it writes may write anything. */
  #isMadeUndeclared({ name }: GraphTask): boolean {
    const { graph } = this.#request;
    return [...this.#upstreamOf(name)].some((other) => graph.get(other)!.patterns.outputs.length === 0);
  }

  /** A task before it installs packages without saying where: Yarn may keep them outside of the project. */
  #isInstalledUndeclared({ name }: GraphTask): boolean {
    const { graph } = this.#request;
    return [...this.#upstreamOf(name)].some((other) => {
      const { task, patterns } = graph.get(other)!;
      return patterns.outputs.length === 0 && installs.test(showCommand(task.run));
    });
  }

  #programProblem(task: GraphTask, need: ProgramNeed): Foresight[] {
    if (isMeantToBeMissing(task, need.name)) return [];
    const found = this.#find(need);
    const isInstalled = found?.startsWith(`${this.#request.folder}/`) && found.includes("/node_modules/.bin/");
    if (found !== undefined && !isInstalled) return [];
    const modules = this.#modulesOf(need);
    const what = `${need.name} of node_modules`;
    if (found !== undefined) return modules === undefined ? [] : this.#withoutNeed(task, modules, what);
    if (this.#bins.packageOf(need.name, need.folder) !== undefined) {
      if (modules !== undefined) return this.#withoutNeed(task, modules, what);
      return this.#isInstalledUndeclared(task) ? [] : [this.#notInstalled(task, need)];
    }
    // What other managers than npm will install cannot be told before they have.
    if (modules !== undefined && !this.#files.isFile("package-lock.json") && !this.#files.isThere("node_modules"))
      return [];
    const user = { subject: subjectOf(task), path: placeOf(task), isNeeded: this.#needed.has(task.name) };
    return [missingProgram(user, need, this.#files)];
  }

  /** The task that writes the `node_modules` in which a program of this name would be. */
  #modulesOf({ name, folder }: ProgramNeed): string | undefined {
    const key = `${folder}\0${name}`;
    if (!this.#modules.has(key)) {
      const own = this.#ownerOf(posix.join(folder, "node_modules/.bin", name));
      this.#modules.set(key, own ?? this.#ownerOf(`node_modules/.bin/${name}`));
    }
    return this.#modules.get(key);
  }

  #find({ name, folder }: ProgramNeed): string | undefined {
    const { folder: root } = this.#request;
    const searchPath = this.#searchPaths.get(folder) ?? packageSearchPath(root, folder, this.#searchPath);
    this.#searchPaths.set(folder, searchPath);
    const key = `${name}\0${searchPath}`;
    if (!this.#programs.has(key)) this.#programs.set(key, findProgram(name, searchPath, root));
    return this.#programs.get(key);
  }

  #upstreamOf(name: string): ReadonlySet<string> {
    if (this.#upstream?.of !== name) this.#upstream = { of: name, names: upstreamOf(this.#request.graph, name) };
    return this.#upstream.names;
  }

  #ownerOf(path: string): string | undefined {
    for (let at = path; ; at = at.includes("/") ? posix.dirname(at) : "") {
      const owned = this.#outputs.get(at)?.find(({ pattern }) => matches(pattern, path));
      if (owned !== undefined) return owned.task;
      if (at === "") return undefined;
    }
  }

  /** What another task writes is only there when that one has run. */
  #withoutNeed(task: GraphTask, owner: string, what: string): Foresight[] {
    if (owner === task.name || task.needs.includes(owner) || this.#upstreamOf(task.name).has(owner)) return [];
    const names = [...task.needs, owner].map((name) => (name.includes("#") ? JSON.stringify(name) : name));
    return [
      {
        code: "unknown-need",
        path: placeOf(task),
        message: `${subjectOf(task)} runs ${what}, which "${owner}" writes, but does not need "${owner}"`,
        hint: task.package === undefined ? `Write: needs: [${names.join(", ")}]` : `Add ${names.at(-1)} to \`needs\`.`,
        isCertain: false,
      },
    ];
  }

  #notInstalled(task: GraphTask, { name, folder }: ProgramNeed): Foresight {
    return {
      code: "program-missing",
      path: placeOf(task),
      message: `${subjectOf(task)} runs ${name} of the package ${this.#bins.packageOf(name, folder)}, which is not installed, and no task installs it`,
      hint: `Install what the project depends on: ${installAll(this.#files)}\nOr have a task do it: task({ run: "${installAll(this.#files)}", inputs: ["package.json"], outputs: ["node_modules/"] })`,
      isCertain: false,
    };
  }
}

function demandProblem(task: GraphTask, { demand, command }: DemandNeed): Foresight[] {
  const { confine, network } = task.task;
  const at = { code: "command-unfit", path: placeOf(task), isCertain: false } as const;
  const subject = `${subjectOf(task)} runs \`${command}\``;
  switch (demand) {
    case "network":
      if (confine !== "sealed" || network === true) return [];
      return [
        { ...at, message: `${subject}, which needs the network, and is sealed without it`, hint: "Add: network: true" },
      ];
    case "terminal":
      return [
        { ...at, message: `${subject}, which needs a terminal: a task has none`, hint: "Leave out -t (and -i) there." },
      ];
    case "forever":
      return [
        {
          ...at,
          message: `${subject}, which goes on until somebody stops it, so that the task does not end`,
          hint: "Name a command that ends; tidegate dev and tidegate run --watch look at changes themselves.",
        },
      ];
    default:
      return demand satisfies never;
  }
}

const installs = /\b((npm|pnpm|bun) (ci|i|install)(?!\S)|yarn( install)?( --?\S+)*$)/m;

function installAll(files: ProjectFiles): string {
  if (files.isFile("pnpm-lock.yaml")) return "pnpm install --frozen-lockfile";
  if (files.isFile("yarn.lock")) return "yarn install --frozen-lockfile";
  if (files.isFile("bun.lock") || files.isFile("bun.lockb")) return "bun install --frozen-lockfile";
  return files.isFile("package-lock.json") ? "npm ci" : "npm install";
}

function subjectOf({ name }: GraphTask): string {
  return `Task "${name}"`;
}

function placeOf({ path, package: of }: GraphTask): Foresight["path"] {
  return [...(of?.path ?? path), "run"];
}

/** The definition says already what is to become of it then. */
function isMeantToBeMissing({ task }: GraphTask, program: string): boolean {
  return task.when !== undefined && asksFor(task.when, program);
}

function asksFor(condition: Condition, program: string): boolean {
  switch (condition.condition) {
    case "installed":
      return condition.program === program;
    case "not":
      return asksFor(condition.of, program);
    case "all":
    case "any":
      return condition.of.some((each) => asksFor(each, program));
    default:
      return false;
  }
}
