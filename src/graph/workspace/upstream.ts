import type { WorkspacePackage } from "./package.ts";

export interface Upstream {
  /** The nearest packages that have the task. */
  readonly having: readonly string[];
  /** Packages on the way to them, or at the end of it, that lack the task. */
  readonly lacking: readonly WorkspacePackage[];
}

/** Follows the dependencies between packages. */
export class UpstreamPackages {
  readonly #byName: ReadonlyMap<string, WorkspacePackage>;

  constructor(packages: readonly WorkspacePackage[]) {
    this.#byName = new Map(packages.map((each) => [each.name, each]));
  }

  /** What `^task` means for a package, when the packages `having` have the task: through those that lack it. */
  of(start: WorkspacePackage, having: ReadonlySet<string>): Upstream {
    const reached = new Set(start.dependencies);
    const found: string[] = [];
    const lacking: WorkspacePackage[] = [];
    // A set that grows while it is walked is walked to its new end.
    for (const name of reached) {
      const each = this.#byName.get(name);
      if (each === undefined || (name === start.name && !having.has(name))) continue;
      if (having.has(name)) found.push(name);
      else {
        lacking.push(each);
        for (const further of each.dependencies) reached.add(further);
      }
    }
    return { having: found, lacking };
  }
}
