import type { Problem } from "../../definition/problem.ts";
import type { PackageTask, Task } from "../../definition/types.ts";
import type { NamedTask, TaskPackage } from "../named-task.ts";
import { parsePattern } from "../patterns/pattern.ts";
import { type Claim, parseTaskPatterns, type TaskPatterns } from "../patterns/task-patterns.ts";
import type { Workspace, WorkspacePackage } from "./package.ts";
import { packageMatcher } from "./package-matcher.ts";
import { needsInPackage, type PlacedNeed, placedNeeds, taskName } from "./package-needs.ts";
import { mapClaims, rebase, rebasePatterns } from "./rebase.ts";
import { commandOf, stepsOf } from "./steps.ts";
import { UpstreamPackages } from "./upstream.ts";

/** The tasks of the packages, and in what they stand. */
export interface PackageTasks {
  readonly tasks: readonly NamedTask[];
  /** For each task of the definition its name in each package that has it. */
  readonly names: ReadonlyMap<PackageTask, readonly string[]>;
}

type Entry = readonly [key: string, task: PackageTask];

/** Spreads the definition's package tasks over the packages. Pure; adds to `problems`. */
export function packageTasks(
  definitions: Readonly<Record<string, PackageTask>>,
  workspace: Workspace,
  problems: Problem[],
): PackageTasks {
  const templates = new Map(
    Object.entries(definitions).map((entry) => [entry[0], new Template(entry, workspace, problems)]),
  );
  const upstream = new UpstreamPackages(workspace.packages);
  const tasks: NamedTask[] = [];
  const names = new Map<PackageTask, string[]>();
  for (const template of templates.values()) {
    const inPackages = workspace.packages.filter(({ name }) => template.packages.has(name));
    names.set(
      template.definition,
      inPackages.map(({ name }) => taskName(name, template.key)),
    );
    for (const each of inPackages) tasks.push(template.in(each, templates, upstream));
  }
  return { tasks, names };
}

interface Variant {
  /** Where it stands in the definition. */
  readonly path: Problem["path"];
  readonly needs: readonly PlacedNeed[];
  readonly task: Task;
  readonly patterns: TaskPatterns;
  readonly script: string | undefined;
}

/** One task of the definition, parsed once and then moved into each package. */
class Template {
  readonly key: string;
  readonly definition: PackageTask;
  /** The packages that have it. */
  readonly packages: ReadonlySet<string>;
  readonly #shared: Variant;
  readonly #overrides = new Map<string, Variant>();
  readonly #around: readonly Claim[];

  constructor([key, definition]: Entry, workspace: Workspace, problems: Problem[]) {
    this.key = key;
    this.definition = definition;
    const path = ["packages", key];
    this.#shared = variant(key, definition, path, problems);
    for (const [name, override] of Object.entries(definition.overrides ?? {})) {
      const place = [...path, "overrides", name];
      if (!workspace.packages.some((each) => each.name === name)) problems.push(unknownPackage(name, place));
      this.#overrides.set(name, variant(key, { ...definition, ...override }, place, problems, Object.keys(override)));
    }
    this.#around = claimsAround(definition, workspace, path, problems);
    this.packages = this.#packagesOf(workspace, path, problems);
  }

  #packagesOf({ packages }: Workspace, path: Problem["path"], problems: Problem[]): Set<string> {
    const wanted = this.definition.packages;
    const isWanted = wanted === undefined ? () => true : packageMatcher(wanted);
    for (const [index, pattern] of (wanted ?? []).entries()) {
      const isMeant = packageMatcher([pattern.replace(/^!/, "")]);
      if (!packages.some(isMeant)) problems.push(unknownPackage(pattern, [...path, "packages", index]));
    }
    const having = packages.filter((each) => isWanted(each) && this.#isIn(each));
    if (having.length === 0 && packages.length > 0) problems.push(nowhere(this.key, this.#shared.script, path));
    return new Set(having.map(({ name }) => name));
  }

  #isIn({ name, scripts }: WorkspacePackage): boolean {
    const { script } = this.#of(name);
    return script === undefined || Object.hasOwn(scripts, script);
  }

  #of(packageName: string): Variant {
    return this.#overrides.get(packageName) ?? this.#shared;
  }

  in(target: WorkspacePackage, templates: ReadonlyMap<string, Template>, upstream: UpstreamPackages): NamedTask {
    const own = this.#of(target.name);
    const { task, patterns, script } = own;
    const { needs, transits } = needsInPackage({
      needs: own.needs,
      name: taskName(target.name, this.key),
      target,
      having: (task) => templates.get(task)?.packages,
      upstream,
    });
    const around = new Map(transits.map(([task, lacking]) => [lacking.folder, templates.get(task)!.claimsIn(lacking)]));
    const moved = rebasePatterns(patterns, target.folder);
    const implied = [...this.#implied(target), ...[...around.values()].flat()];
    const inputs = moved.inputs && [...moved.inputs, ...implied];
    const place: TaskPackage = {
      name: target.name,
      folder: target.folder,
      path: own.path,
      steps: stepsOf(task.run, script, target.scripts),
      implied: implied.map(({ pattern }) => pattern),
    };
    return {
      name: taskName(target.name, this.key),
      task: { ...task, run: commandOf(place.steps) },
      path: ["packages", this.key],
      group: this.key,
      package: place,
      patterns: { ...moved, inputs },
      needs,
    };
  }

  /** What counts in each package besides what is declared: the files that say what its programs and libraries are. */
  #implied({ folder }: WorkspacePackage): Claim[] {
    const path = ["packages", this.key, "inputs"];
    return [...this.#around, { pattern: rebase(packageFile, folder), path, demand: "none" }];
  }

  /** The files of a package that lacks the task: they pass through it to those that depend on it. */
  claimsIn({ folder }: WorkspacePackage): readonly Claim[] {
    const path = ["packages", this.key];
    const own = this.#shared.patterns.inputs ?? [{ pattern: wholeFolder, path }];
    const claims = [...own, { pattern: packageFile, path }];
    return claims.map((claim) => ({ ...claim, pattern: rebase(claim.pattern, folder), demand: "none" }));
  }
}

const packageFile = knownPattern("package.json");
const wholeFolder = knownPattern("./");

function knownPattern(text: string) {
  const parsed = parsePattern(text);
  if (!parsed.ok) throw new Error(`${text} is not a pattern`);
  return parsed.pattern;
}

/** `own`: the keys that are exactly this package's, so that all of what they name has to be there. */
function variant(
  key: string,
  options: Omit<PackageTask, "kind">,
  path: Problem["path"],
  problems: Problem[],
  own: readonly string[] = [],
): Variant {
  const { script, run, needs, packages: _packages, overrides: _overrides, rootInputs: _rootInputs, ...rest } = options;
  const name = run === undefined ? (script ?? key) : undefined;
  const task: Task = { ...rest, kind: "task", run: run ?? "" };
  const parsed = parseTaskPatterns(key, task, path);
  // Of an override only its own patterns are new; what is wrong with the shared ones is told where they stand.
  problems.push(...parsed.problems.filter((problem) => own.length === 0 || own.includes(String(problem.path[4]))));
  const patterns = mapClaims(parsed.patterns, (claim, list) => {
    const isShared = (list === "inputs" || list === "outputs") && !own.includes(list) && claim.isLocal !== true;
    // Reports are outputs too, but stand under a key of their own: a package without them is told.
    return isShared && claim.path.includes(list) ? { ...claim, demand: "some" } : claim;
  });
  const isOwn = own.length === 0 || own.includes("needs");
  const placed = placedNeeds(needs, isOwn ? path : ["packages", key]);
  return { path, needs: placed, task, script: name, patterns };
}

function claimsAround(
  { rootInputs = [], inputs }: PackageTask,
  { lockfile }: Workspace,
  path: Problem["path"],
  problems: Problem[],
): Claim[] {
  const task: Task = { kind: "task", run: "", ...(inputs && { inputs: rootInputs }) };
  const { patterns, problems: found } = parseTaskPatterns("", task, path);
  const moved = (place: Problem["path"]) => place.map((key, index) => (index === 2 ? "rootInputs" : key));
  problems.push(...found.map((problem) => ({ ...problem, path: moved(problem.path) })));
  const declared = (patterns.inputs ?? []).map((claim) => ({ ...claim, path: moved(claim.path) }));
  if (lockfile === undefined) return declared;
  return [...declared, { pattern: knownPattern(lockfile), path: [...path, "inputs"], demand: "none" }];
}

function unknownPackage(name: string, path: Problem["path"]): Problem {
  return { code: "unknown-package", path, message: `The workspace has no package ${name}` };
}

function nowhere(key: string, script: string | undefined, path: Problem["path"]): Problem {
  const message = `No package has the task "${key}"`;
  const hint = script === undefined ? "Correct `packages`." : `No package.json of them has a script "${script}".`;
  return { code: "unknown-package", path, message, hint };
}
