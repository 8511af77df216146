import type { Problem } from "../../definition/problem.ts";
import type { PackageNeed } from "../../definition/types.ts";
import type { NamedNeed } from "../named-task.ts";
import type { WorkspacePackage } from "./package.ts";
import type { UpstreamPackages } from "./upstream.ts";

/** What the needs of a task come to in one package. */
export interface NeedsInPackage {
  readonly needs: readonly NamedNeed[];
  /** By task: packages that a `^` need reaches through and that lack it, so that their files pass on to this one. */
  readonly transits: readonly (readonly [task: string, lacking: WorkspacePackage])[];
}

export interface PlacedNeed {
  readonly need: PackageNeed;
  /** Where it stands in the definition. */
  readonly path: Problem["path"];
}

export interface NeedsCall {
  /** The task's own name there. */
  readonly name: string;
  readonly target: WorkspacePackage;
  readonly needs: readonly PlacedNeed[];
  /** The packages that have a task; `undefined` when there is no such task. */
  readonly having: (task: string) => ReadonlySet<string> | undefined;
  readonly upstream: UpstreamPackages;
}

export function taskName(packageName: string, key: string): string {
  return `${packageName}#${key}`;
}

/** For each package anew, and of packages there may be thousands: nothing is made that is not kept. */
export function needsInPackage({ name, target, needs, having, upstream }: NeedsCall): NeedsInPackage {
  const found: NamedNeed[] = [];
  const transits: (readonly [string, WorkspacePackage])[] = [];
  for (const { need, path } of needs) {
    if (typeof need !== "string") found.push({ need, path });
    else if (need.includes("#")) {
      // What all packages need of one of them, that one does not need of itself.
      if (need !== name) found.push({ need, path, isNamed: true });
    } else if (!need.startsWith("^")) {
      if (having(need)?.has(target.name)) found.push({ need: taskName(target.name, need), path });
    } else {
      const task = need.slice(1);
      const packages = having(task);
      const reached = packages && upstream.of(target, packages);
      for (const each of reached?.having ?? []) found.push({ need: taskName(each, task), path });
      for (const each of reached?.lacking ?? []) transits.push([task, each]);
    }
  }
  return { needs: found, transits };
}

/** Needs with the places where they stand, which all packages share. */
export function placedNeeds(needs: readonly PackageNeed[] = [], path: Problem["path"]): readonly PlacedNeed[] {
  return needs.map((need, position) => ({ need, path: [...path, "needs", position] }));
}
