import { checkDefinition } from "./definition.ts";
import { checkEnvironments } from "./environments.ts";
import type { DoctorCheck } from "./finding.ts";
import { checkGit } from "./git.ts";
import { checkNode } from "./node.ts";
import { checkSpace } from "./space.ts";
import { checkState } from "./state.ts";

/** All looks, in the order they are shown. */
export const doctorChecks: readonly DoctorCheck[] = [
  checkNode,
  checkGit,
  checkDefinition,
  checkState,
  checkEnvironments,
  checkSpace,
];
