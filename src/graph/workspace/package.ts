/**
 * A package of a workspace, as far as the graph has to know it. Plain data: everything that is read from disk for the
 * graph is in a list of these, so that it can be kept.
 */
export interface WorkspacePackage {
  /** As its package.json says; where pnpm has several of one name, each but the first is called by its folder. */
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
