import type { Workspace, WorkspacePackage } from "../../../graph/workspace/package.ts";
import type { OverrideDraft, PackageTaskDraft } from "../draft.ts";
import type { Takeover } from "./takeover.ts";

/** What tools keep to be faster the next time; who does without makes it anew. */
const ofTools = /tsbuildinfo|eslintcache|prettiercache|stylelintcache|(^|\/)\.cache(\/|$)/;

/**
 * Two tasks of a package that other tools let write the same file: the one that builds keeps it. The other one does
 * without where a tool only kept it there, else it is not cached.
 */
export function withSoleOutputs(takeover: Takeover, { packages }: Workspace): Takeover {
  const builders = [...takeover.packages].sort((a, b) => Number(checks(a)) - Number(checks(b)));
  const changed = new Map<string, PackageTaskDraft>();
  for (const [at, task] of builders.entries()) {
    const before = builders.slice(0, at).map(({ name }) => changed.get(name)!);
    changed.set(task.name, without(task, sharedWith(task, before, packages)));
  }
  return { ...takeover, packages: takeover.packages.map(({ name }) => changed.get(name)!) };
}

function checks({ stage }: PackageTaskDraft): boolean {
  return stage === "verify";
}

/** Outputs that an earlier task has in the same package, and whose they are. */
function sharedWith(
  task: PackageTaskDraft,
  before: readonly PackageTaskDraft[],
  packages: readonly WorkspacePackage[],
): ReadonlyMap<string, string> {
  const shared = new Map<string, string>();
  for (const each of packages) {
    for (const other of before) {
      const theirs = outputsIn(other, each);
      for (const output of outputsIn(task, each)) if (theirs.includes(output)) shared.set(output, other.name);
    }
  }
  return shared;
}

function outputsIn(task: PackageTaskDraft, { name, scripts }: WorkspacePackage): readonly string[] {
  const own = task.overrides?.[name];
  const isThere = task.run !== undefined || own?.run !== undefined || Object.hasOwn(scripts, task.script ?? task.name);
  return isThere ? (own?.outputs ?? task.outputs ?? []) : [];
}

function without(task: PackageTaskDraft, shared: ReadonlyMap<string, string>): PackageTaskDraft {
  if (shared.size === 0) return task;
  const built = [...shared].filter(([output]) => !ofTools.test(output));
  const left = (outputs: readonly string[]) => outputs.filter((output) => !shared.has(output));
  const overrides = Object.entries(task.overrides ?? {}).map(([name, own]): [string, OverrideDraft] => [
    name,
    own.outputs === undefined ? own : { ...own, outputs: left(own.outputs) },
  ]);
  const why = built.map(([output, other]) => `it also writes ${output}, as "${other}" does`)[0];
  const { outputs = [], ...rest } = task;
  return {
    ...rest,
    ...(left(outputs).length > 0 && { outputs: left(outputs) }),
    ...(overrides.length > 0 && { overrides: Object.fromEntries(overrides) }),
    ...(why !== undefined && {
      uncached: task.uncached ?? why,
      torn: [...(task.torn ?? []), ...built.map(([o]) => o)],
    }),
  };
}
