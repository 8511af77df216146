import type { OverrideDraft, PackageTaskDraft, TaskDraft } from "../draft.ts";
import { nodeManager } from "../stacks/node-manager.ts";
import type { Source, Takeover } from "./takeover.ts";

/** Dependencies are installed by a task, which all others need: a clone has none, and neither has a machine for tests. */
export function withInstall(takeover: Takeover, source: Source): Takeover {
  if (!installsAnything(source)) return takeover;
  const taken = new Set([...takeover.tasks, ...takeover.packages].map(({ name }) => name));
  const name = ["install", "install-packages", "tidegate-install"].find((each) => !taken.has(each))!;
  const install = { ...nodeManager(source.repository).install, name };
  return {
    ...takeover,
    tasks: [install, ...takeover.tasks.map((task): TaskDraft => (isEmpty(task) ? task : needing(task, name)))],
    packages: takeover.packages.map((task): PackageTaskDraft => {
      if (isEmpty(task)) return task;
      const overrides = Object.entries(task.overrides ?? {}).map(([of, own]): [string, OverrideDraft] => [
        of,
        own.needs === undefined ? own : needing(own, name),
      ]);
      return { ...needing(task, name), ...(overrides.length > 0 && { overrides: Object.fromEntries(overrides) }) };
    }),
  };
}

/** It only stands for what it needs. */
function isEmpty({ run }: { readonly run?: string }): boolean {
  return run === "true";
}

function needing<T extends { readonly needs?: readonly string[] }>(task: T, name: string): T {
  return { ...task, needs: [name, ...(task.needs ?? [])] };
}

/** A workspace of packages that need only each other may run as it is. */
function installsAnything({ repository, workspace }: Source): boolean {
  if (nodeManager(repository).hasLock) return true;
  const own = new Set(workspace.packages.map(({ name }) => name));
  const manifests = ["", ...workspace.packages.map(({ folder }) => folder)].map((folder) =>
    repository.readJson(folder === "" ? "package.json" : `${folder}/package.json`),
  );
  return manifests
    .flatMap(({ dependencies, devDependencies }) => [dependencies, devDependencies])
    .some((all) => Object.keys((all as object | undefined) ?? {}).some((name) => !own.has(name)));
}
