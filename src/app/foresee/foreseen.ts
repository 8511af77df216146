import type { Problem } from "../../definition/problem.ts";
import type { Project } from "../../definition/types.ts";
import type { Graph } from "../../graph/graph.ts";

/** What will go wrong, as far as it can be known before anything is run. */
export interface Foreseen {
  /** Certain on every machine. */
  readonly problems: readonly Problem[];
  /** What would go wrong here and may be otherwise elsewhere, or only seems to. */
  readonly warnings: readonly Problem[];
}

export interface ForeseeRequest {
  readonly project: Project;
  /** Of the project, absolute. */
  readonly folder: string;
  /** The tasks of the project as it is now. */
  readonly graph: Graph;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The pipeline has just run: what is not there by now is not in the release. */
  readonly isBuilt?: boolean;
}

/** A problem, and whether it is one on every machine. */
export interface Foresight extends Problem {
  readonly isCertain: boolean;
}
