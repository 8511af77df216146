import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { ComparedWith, SelectionReason, UnmetCondition } from "../../events/event.ts";
import { checkedOutBranch } from "../../git/git-branch.ts";
import type { Graph } from "../../graph/graph.ts";
import { asksForBranch, changedPatterns, type Facts, unmetParts } from "../../graph/selection/conditions.ts";
import { select } from "../../graph/selection/selection.ts";
import type { WorkspacePackage } from "../../graph/workspace/package.ts";
import type { ChangedInputs } from "../../inputs/changed-inputs.ts";
import { taskEnvironment } from "../../inputs/environment.ts";
import { findProgram } from "../../inputs/tools.ts";

/** What a call asks for. */
export interface Wanted {
  /** These and what they need; everything when empty or absent. */
  readonly tasks?: readonly string[];
  /** Only tasks in the packages that these mean: see `filterPackages`. */
  readonly filters?: readonly string[];
  /** true: only tasks that files reach which were changed, by git. */
  readonly affected?: boolean;
  /** What changes are counted from: a branch, a tag or a commit. Default: see `gitChanges`. */
  readonly since?: string;
  /** Files of the definition, relative to the project: a change of one reaches every task. */
  readonly definitionFiles?: readonly string[];
  /** The caller's environment; a task sees the part of it that `taskEnvironment` lets through. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Chosen {
  readonly tasks: Graph;
  readonly reasons: ReadonlyMap<string, SelectionReason>;
  /** Those of the tasks that will not run, because of these parts of their conditions. */
  readonly unmet: ReadonlyMap<string, readonly UnmetCondition[]>;
  /** What changes were counted from; absent when only what is affected was not asked for. */
  readonly comparedWith?: ComparedWith;
}

/** Chooses the tasks of a run, and looks which of them may run. Starts git only if something asks for changes. */
export async function chooseTasks(
  graph: Graph,
  packages: readonly WorkspacePackage[],
  projectFolder: string,
  wanted: Wanted,
): Promise<Result<Chosen>> {
  const looker = new Looker(graph, projectFolder, wanted);
  const changes = wanted.affected ? await looker.changes() : undefined;
  if (changes?.ok === false) return changes;
  const selected = select(graph, packages, {
    names: wanted.tasks ?? [],
    ...(wanted.filters && { filters: wanted.filters }),
    ...(changes && { changed: { ...changes.value, definition: wanted.definitionFiles ?? [] } }),
  });
  if (!selected.ok) return selected;
  const unmet = await unmetConditions(selected.value.tasks, looker);
  if (!unmet.ok) return unmet;
  const comparedWith = changes && { since: changes.value.since, commit: changes.value.base };
  return ok({ ...selected.value, unmet: unmet.value, ...(comparedWith && { comparedWith }) });
}

async function unmetConditions(tasks: Graph, looker: Looker): Promise<Result<Chosen["unmet"]>> {
  const unmet = new Map<string, readonly UnmetCondition[]>();
  const conditions = [...tasks.values()].flatMap(({ name, task }) => (task.when ? [[name, task.when] as const] : []));
  if (conditions.length === 0) return ok(unmet);
  const asking = conditions.find(([, when]) => changedPatterns(when).length > 0);
  const changes = asking && (await looker.changes());
  if (changes?.ok === false) return failed(...changes.failures.map((one) => askedBy(one, asking![0], "changed")));
  const branching = conditions.find(([, when]) => asksForBranch(when));
  const branch = branching && (await looker.branch());
  if (branch?.ok === false) return failed(...branch.failures.map((one) => askedBy(one, branching![0], "branch")));
  const facts = looker.facts(changes?.value, branch?.value);
  for (const [name, when] of conditions) {
    const parts = unmetParts(when, facts);
    if (parts.length > 0) unmet.set(name, parts);
  }
  return ok(unmet);
}

function askedBy(failure: Failure, task: string, condition: string): Failure {
  return { ...failure, message: `${failure.message} (the task "${task}" has the condition \`${condition}\`)` };
}

type Looked = ChangedInputs & { readonly base: string; readonly since: string };

class Looker {
  readonly #graph: Graph;
  readonly #projectFolder: string;
  readonly #wanted: Wanted;
  #changes: Promise<Result<Looked>> | undefined;

  constructor(graph: Graph, projectFolder: string, wanted: Wanted) {
    this.#graph = graph;
    this.#projectFolder = projectFolder;
    this.#wanted = wanted;
  }

  /** Asked for at most once; git is loaded only then. */
  changes(): Promise<Result<Looked>> {
    this.#changes ??= this.#look();
    return this.#changes;
  }

  branch(): Promise<Result<string | undefined>> {
    return checkedOutBranch(this.#projectFolder, this.#wanted.environment);
  }

  facts(changed: Looked | undefined, branch: string | undefined): Facts {
    const { environment } = this.#wanted;
    const searchPath = taskEnvironment(environment, [], this.#projectFolder).variables.PATH ?? "";
    const files = changed ? [...changed.files, ...changed.asked] : [];
    return {
      branch,
      changed: () => files,
      changedFolders: () => changed?.folders ?? [],
      hasProgram: (name) => findProgram(name, searchPath, this.#projectFolder) !== undefined,
      variable: (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined),
    };
  }

  async #look(): Promise<Result<Looked>> {
    const { since, environment } = this.#wanted;
    const [{ gitChanges }, { changedInputs }] = await Promise.all([
      import("../../inputs/git/git-changes.ts"),
      import("../../inputs/changed-inputs.ts"),
    ]);
    const changes = await gitChanges(this.#projectFolder, since, environment);
    if (!changes.ok) return changes;
    const conditions = [...this.#graph.values()].flatMap(({ task }) => task.when ?? []);
    const found = changedInputs(this.#projectFolder, this.#graph, changes.value, conditions.flatMap(changedPatterns));
    return ok({ ...found, base: changes.value.base, since: changes.value.since });
  }
}
