import { workspace } from "../../../src/definition/builders.ts";
import type { PackageTaskOptions, Task } from "../../../src/definition/types.ts";
import { type BuiltGraph, buildGraph } from "../../../src/graph/graph.ts";
import type { WorkspacePackage } from "../../../src/graph/workspace/package.ts";

/** `{ web: "ui lib" }`: web depends on ui and lib. Each has the scripts, unless `scripts` says otherwise. */
export function packagesOf(
  dependencies: Readonly<Record<string, string>>,
  scripts: Readonly<Record<string, string>> = {},
  usual = "build test",
): WorkspacePackage[] {
  return Object.entries(dependencies).map(([name, list]) => ({
    name,
    folder: `packages/${name.replace(/^@.*\//, "")}`,
    scripts: Object.fromEntries(words(scripts[name] ?? usual).map((script) => [script, `run ${script}`])),
    dependencies: words(list),
  }));
}

export function graphOf(
  packages: readonly WorkspacePackage[],
  tasks: Readonly<Record<string, PackageTaskOptions>>,
  pipeline: Readonly<Record<string, Task>> = {},
  lockfile?: string,
): BuiltGraph {
  const built = workspace(tasks as Parameters<typeof workspace>[0]);
  return buildGraph(pipeline, { tasks: built, workspace: { packages, ...(lockfile !== undefined && { lockfile }) } });
}

/** `{ "web#build": "ui#build" }`. */
export function needsOf({ graph }: BuiltGraph): Record<string, string> {
  return Object.fromEntries([...graph.values()].map(({ name, needs }) => [name, needs.join(" ")]));
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
