import type { NotChecked } from "../environment/drift/report.ts";
import type { Allowance } from "../environment/parity/report.ts";
import type { EnvironmentState } from "../environment/status.ts";
import type { SnapshotReason } from "../events/event.ts";

/* Words that the documents and the terminal have in common: whoever reads both reads of one thing. */

/** How an environment is. */
export const stateWords: Readonly<Record<EnvironmentState, string>> = {
  neverDeployed: "nothing deployed yet",
  serving: "serving",
  degraded: "serving, but not everything is as it should be",
  down: "down",
  stopped: "stopped",
  changing: "a deployment is under way",
  interrupted: "a deployment was interrupted",
  standsStill: "stopped: its records are not understood",
};

/** Why a snapshot was made: "made before a migration". */
export const snapshotReasons: Readonly<Record<SnapshotReason, string>> = {
  asked: "on request",
  scheduled: "on schedule",
  beforeMigration: "before a migration",
  beforeRestore: "before a restore",
};

/** Why something was not looked at, when drift was looked for. */
export const uncheckedReasons: Readonly<Record<NotChecked, string>> = {
  driver: "the driver cannot tell",
  system: "this system does not reveal it",
  user: "the process belongs to another user",
  itself: "the process or its shell has overwritten what could be seen",
  gone: "the process ended meanwhile",
  notRunning: "it does not run",
  rollout: "a rollout is in progress",
  notNoted: "what it was started with was not recorded",
  later: "it is checked less often",
  unreachable: "it cannot be reached",
  snapshot: "a snapshot of it is being made",
  restore: "a restore is in progress",
};

/** Which rule allows a difference, where the definition gives no reason of its own. */
export const allowanceWords: Readonly<Record<Exclude<Allowance["by"], "differs">, string>> = {
  standing: "as each environment says",
  own: "each has its own",
  release: "their releases differ",
  order: "one comes after the other",
  preview: "a preview does not have everything",
  machine: "this machine is not an environment",
  hand: "set by hand for this deployment",
};
