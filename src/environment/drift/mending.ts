import { broughtBy, type DeploymentSpec } from "../spec.ts";
import type { DriftFinding } from "./report.ts";
import { covers, subjectOf } from "./subject.ts";

/** What has to be done so that what runs is what was deployed. */
export interface Mending {
  /** Instances that should run and do not are started. */
  readonly start: boolean;
  /** The gateway gets its table again. */
  readonly route: boolean;
  /** What runs and should not is drained and stopped. */
  readonly stop: boolean;
  readonly resources: boolean;
  /** Resources of which is taken back what was set, by name. A deployment leaves that alone: a migration may have set it. */
  readonly reset: readonly string[];
  /** What runs is replaced by instances that are started from a new copy of the release, as a deployment does it. */
  readonly replace: boolean;
  /** Subjects of what it is about; sorted, each once. */
  readonly subjects: readonly string[];
}

type Way = Exclude<keyof Mending, "subjects"> | "byHand";

/**
 * `foreign`, `stranger`: a process that nobody here has started is nobody's here to end. `beside`: with an instance everything ends that
 * bears its mark.
 */
const ways: Readonly<Record<DriftFinding["drift"], Way>> = {
  missing: "start",
  unexpected: "stop",
  foreign: "byHand",
  beside: "replace",
  stranger: "byHand",
  otherRelease: "replace",
  otherCommand: "replace",
  otherFolder: "replace",
  otherUser: "replace",
  startedOtherwise: "replace",
  runsOtherwise: "replace",
  configFile: "replace",
  limit: "replace",
  gatewayGone: "route",
  route: "route",
  resourceMissing: "resources",
  // Made anew it would be empty: only who says so wants that.
  resourceLost: "byHand",
  resourceVersion: "byHand",
  resourceAltered: "resources",
  resourceSettings: "reset",
  files: "replace",
};

/** Whether it can only be mended by people. */
export function isByHand({ drift }: DriftFinding): boolean {
  return ways[drift] === "byHand";
}

/**
 * How findings are mended. `except`: subjects that are known and stay as they are. `mayBeEmpty`: what is gone with its data is made
 * anew without it.
 */
export function planMending(findings: readonly DriftFinding[], except: readonly string[], mayBeEmpty = false): Mending {
  const wayOf = ({ drift }: DriftFinding): Way => (mayBeEmpty && drift === "resourceLost" ? "resources" : ways[drift]);
  const own = findings.filter((finding) => wayOf(finding) !== "byHand" && !isKnown(finding, except));
  const has = (way: Way) => own.some((finding) => wayOf(finding) === way);
  return {
    start: has("start"),
    route: has("route"),
    stop: has("stop"),
    resources: has("resources"),
    reset: [...new Set(own.flatMap((one) => (one.drift === "resourceSettings" ? [one.resource] : [])))],
    replace: has("replace"),
    subjects: [...new Set(own.map(subjectOf))].sort(),
  };
}

function isKnown(finding: DriftFinding, except: readonly string[]): boolean {
  return except.some((subject) => covers(subject, subjectOf(finding)));
}

/**
 * The deployment that replaces what runs by the same: new instances before old ones, but where no two may run side by side.
 * Nothing migrates, and nothing is checked that was checked before.
 */
export function mendingSpec(deployed: DeploymentSpec): DeploymentSpec {
  const spec = broughtBy(deployed);
  const strategy = spec.strategy.strategy === "recreate" ? spec.strategy : ({ strategy: "rolling", batch: 1 } as const);
  return { ...spec, kind: "mend", strategy, checks: [] };
}
