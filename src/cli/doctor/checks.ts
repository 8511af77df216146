import type { Context } from "../context.ts";
import { checkDefinition } from "./definition.ts";
import { checkEnvironments } from "./environments.ts";
import { checkGit } from "./git.ts";
import { checkNode } from "./node.ts";
import { checkSpace } from "./space.ts";
import { checkState } from "./state.ts";

/** What one look found. */
export interface Finding {
  readonly state: "good" | "warning" | "broken";
  /** What was looked at: "Node". */
  readonly what: string;
  readonly detail: string;
  /** How to mend it. */
  readonly hint?: string;
}

/** Looks at one thing and changes nothing. [] when it does not apply here. */
export type DoctorCheck = (context: Context) => Promise<readonly Finding[]>;

/** All looks, in the order they are shown. */
export const doctorChecks: readonly DoctorCheck[] = [
  checkNode,
  checkGit,
  checkDefinition,
  checkState,
  checkEnvironments,
  checkSpace,
];
