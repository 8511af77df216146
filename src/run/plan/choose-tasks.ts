import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { SelectionReason, UnmetCondition } from "../../events/event.ts";
import type { Graph } from "../../graph/graph.ts";
import { asksForChanges, type Facts, unmetParts } from "../../graph/selection/conditions.ts";
import { select } from "../../graph/selection/selection.ts";
import type { WorkspacePackage } from "../../graph/workspace/package.ts";
import { checkedOutBranch } from "../../inputs/git/git-branch.ts";
import type { Changes } from "../../inputs/git/git-changes.ts";

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
}

/** Chooses the tasks of a run, and looks which of them may run. Starts git only if something asks for changes. */
export async function chooseTasks(
  graph: Graph,
  packages: readonly WorkspacePackage[],
  projectFolder: string,
  wanted: Wanted,
): Promise<Result<Chosen>> {
  const looker = new Looker(projectFolder, wanted);
  const changes = wanted.affected ? await looker.changes() : undefined;
  if (changes?.ok === false) return changes;
  const selected = select(graph, packages, {
    names: wanted.tasks ?? [],
    ...(wanted.filters && { filters: wanted.filters }),
    ...(changes && { changed: { files: changes.value.files, definition: wanted.definitionFiles ?? [] } }),
  });
  if (!selected.ok) return selected;
  const unmet = await unmetConditions(selected.value.tasks, looker);
  return unmet.ok ? ok({ ...selected.value, unmet: unmet.value }) : unmet;
}

async function unmetConditions(tasks: Graph, looker: Looker): Promise<Result<Chosen["unmet"]>> {
  const unmet = new Map<string, readonly UnmetCondition[]>();
  const conditions = [...tasks.values()].flatMap(({ name, task }) => (task.when ? [[name, task.when] as const] : []));
  if (conditions.length === 0) return ok(unmet);
  const changes = conditions.some(([, when]) => asksForChanges(when)) ? await looker.changes() : undefined;
  if (changes?.ok === false) return failed(...changes.failures.map((failure) => askedBy(failure, conditions)));
  const facts = looker.facts(changes?.value.files ?? []);
  for (const [name, when] of conditions) {
    const parts = unmetParts(when, facts);
    if (parts.length > 0) unmet.set(name, parts);
  }
  return ok(unmet);
}

function askedBy(
  failure: Failure,
  conditions: readonly (readonly [string, Parameters<typeof asksForChanges>[0]])[],
): Failure {
  const [name] = conditions.find(([, when]) => asksForChanges(when))!;
  return { ...failure, message: `${failure.message} (the task "${name}" has the condition \`changed\`)` };
}

class Looker {
  readonly #projectFolder: string;
  readonly #wanted: Wanted;
  #changes: Promise<Result<Changes>> | undefined;

  constructor(projectFolder: string, wanted: Wanted) {
    this.#projectFolder = projectFolder;
    this.#wanted = wanted;
  }

  /** Asked for at most once; git is loaded only then. */
  changes(): Promise<Result<Changes>> {
    const { since, environment } = this.#wanted;
    this.#changes ??= import("../../inputs/git/git-changes.ts").then(({ gitChanges }) =>
      gitChanges(this.#projectFolder, since, environment),
    );
    return this.#changes;
  }

  facts(changed: readonly string[]): Facts {
    const { environment } = this.#wanted;
    return {
      branch: checkedOutBranch(this.#projectFolder, environment),
      changed: () => changed,
      variable: (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined),
    };
  }
}
