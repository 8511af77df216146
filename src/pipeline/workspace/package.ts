import type { Problem } from "../../definition/problem.ts";

/**
 * A package of a workspace, as far as the graph has to know it. Plain data: everything that is read from disk for the
 * graph is in a list of these, so that it can be kept.
 */
export interface WorkspacePackage {
  readonly name: string;
  /** Relative to the project, with slashes; "" is the project itself. */
  readonly folder: string;
  readonly version?: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** Names of other packages of the workspace, of whatever kind of dependency, in code-unit order. */
  readonly dependencies: readonly string[];
}

/** The packages of a project, and the file that says what all of their dependencies are. */
export interface Workspace {
  /** Sorted by folder, in code-unit order. Names are unique. */
  readonly packages: readonly WorkspacePackage[];
  /** Relative to the project; absent when there is none. */
  readonly lockfile?: string;
}

/** One command of a task in a package. */
export interface Step {
  readonly run: string | readonly [string, ...string[]];
  /** The script's name, when it is a script of package.json: `prebuild`, `build`, `postbuild`. */
  readonly script?: string;
  /** true: neither `pre` nor `post`. */
  readonly isMain?: true;
}

/** The package that a task stands in. */
export interface TaskPackage {
  /** Where what holds of the task in this package stands in the definition. */
  readonly path: Problem["path"];
  readonly name: string;
  readonly folder: string;
  /** What is run, one after the other, as long as all goes well. */
  readonly steps: readonly [Step, ...Step[]];
}
