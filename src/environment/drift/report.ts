import type { Deviation } from "../../drivers/driver.ts";
import type { Unseen } from "../../drivers/inspection.ts";
import type { FromDefinition } from "./config.ts";

/**
 * Everything that what runs is compared by with what was deployed, in the order in which it is told. `processes`: which there
 * are. `command`, `folder`, `user`: of the process of an instance. `startedWith`: the variables that an instance was given, by
 * what was noted then; `environment`: those that its process really has. `files`: of the release, where it runs from.
 */
export const driftDimensions = [
  "processes",
  "release",
  "command",
  "folder",
  "user",
  "startedWith",
  "environment",
  "configFile",
  "limits",
  "routes",
  "resources",
  "files",
] as const;

export type DriftDimension = (typeof driftDimensions)[number];

/** One thing that is not as it was deployed. Of values only names are told. */
export type DriftFinding =
  /** It should run and does not. */
  | { readonly drift: "missing"; readonly service: string; readonly instance: string }
  /** It runs and should not. */
  | { readonly drift: "unexpected"; readonly service: string; readonly instance: string }
  /** The process that is taken for the instance is not the one that was started. */
  | { readonly drift: "foreign"; readonly service: string; readonly instance: string; readonly pid: number }
  /** Another process than the instance's bears its mark: somebody started it with what the instance was given. */
  | { readonly drift: "beside"; readonly service: string; readonly instance: string; readonly pid: number }
  /** A process runs the service's command where its release lies, and has no mark. */
  | { readonly drift: "stranger"; readonly service: string; readonly pid: number }
  | { readonly drift: "otherRelease"; readonly service: string; readonly instance: string; readonly release: string }
  /** `program`: the first word of what runs; the others may be anything. */
  | {
      readonly drift: "otherCommand";
      readonly service: string;
      readonly instance: string;
      readonly pid: number;
      readonly program: string;
    }
  | {
      readonly drift: "otherFolder";
      readonly service: string;
      readonly instance: string;
      readonly pid: number;
      readonly folder: string;
    }
  | {
      readonly drift: "otherUser";
      readonly service: string;
      readonly instance: string;
      readonly pid: number;
      readonly user: number;
    }
  /** It was started with something else than what was deployed. */
  | { readonly drift: "startedOtherwise"; readonly service: string; readonly instance: string; readonly key: string }
  /** Its process has something else than what it was started with; `added`: it has what nobody gave it. */
  | {
      readonly drift: "runsOtherwise";
      readonly service: string;
      readonly instance: string;
      readonly key: string;
      readonly how: "changed" | "missing" | "added";
    }
  | {
      readonly drift: "configFile";
      readonly service: string;
      readonly instance: string;
      readonly key: string;
      readonly how: "missing" | "changed" | "open";
    }
  /** It is held to another limit than was deployed, or to none. */
  | {
      readonly drift: "limit";
      readonly service: string;
      readonly instance: string;
      readonly limit: "memory" | "cpu";
    }
  /** Nothing answers where the gateway should be. */
  | { readonly drift: "gatewayGone" }
  /** `route`: "address", a public one ("/api", "api./"), or an internal one ("api (internal)"). */
  | {
      readonly drift: "route";
      readonly route: string;
      readonly how: "missing" | "added" | "address" | "instances" | "shares";
    }
  | { readonly drift: "resourceMissing"; readonly resource: string }
  /** The same of what keeps data, which is gone with it. `snapshot`: the newest there is; absent: there is none. */
  | { readonly drift: "resourceLost"; readonly resource: string; readonly snapshot?: number }
  | {
      readonly drift: "resourceVersion";
      readonly resource: string;
      readonly deployed: string;
      readonly found: string;
    }
  /** `what`: a sentence of who looks after such resources. */
  | { readonly drift: "resourceAltered"; readonly resource: string; readonly what: string }
  /** The same of what was set that no deployment sets: by hand, or by a migration. */
  | { readonly drift: "resourceSettings"; readonly resource: string; readonly what: string }
  /** Where it runs from it is not as it was; `deviation` absent: it is not there at all. */
  | { readonly drift: "files"; readonly release: string; readonly deviation?: Deviation };

/**
 * Why something was not looked at. `notRunning`: there is no process. `rollout`: it changes from step to step. `notNoted`: what
 * it was started with was not written down. `later`: it costs more, and is looked at less often. `snapshot`, `restore`: that is being
 * made of it, and what uses it may be stopped meanwhile.
 */
export type NotChecked =
  | Unseen
  | "notRunning"
  | "rollout"
  | "notNoted"
  | "later"
  | "unreachable"
  | "snapshot"
  | "restore";

/** What was looked at, and how much there is: each dimension of each object counts one. */
export interface Coverage {
  readonly checked: number;
  readonly total: number;
  readonly unchecked: readonly UncheckedPart[];
}

export interface UncheckedPart {
  readonly dimension: DriftDimension;
  /** An instance, a route, a release, a resource. */
  readonly object: string;
  readonly because: NotChecked;
  /** More of it, in a sentence. */
  readonly detail?: string;
}

/** An exception that stands in the definition. */
export interface KnownException {
  /** Where: a dimension and what of it, `environment.web.LEVEL`. What stands below it is known too. */
  readonly subject: string;
  readonly reason: string;
  /** The last day, by UTC. */
  readonly until?: string;
  readonly owner?: string;
}

/**
 * `none`: what was looked at is as it was deployed. `drift`: something is not, or an exception is wrong. `unknown`: nothing
 * could be looked at. `nothingDeployed`, `stopped`: nothing should run.
 */
export type DriftVerdict = "none" | "drift" | "unknown";

export interface DriftReport {
  readonly environment: string;
  readonly verdict: DriftVerdict;
  readonly standing: "serving" | "rollout" | "stopped" | "nothingDeployed";
  readonly deployment?: number;
  readonly release?: string;
  /** The rollout in progress: what it changes is not drift. */
  readonly underWay?: { readonly deployment: number; readonly release: string };
  readonly findings: readonly DriftFinding[];
  /** Findings that the definition has a reason for. */
  readonly known: readonly { readonly finding: DriftFinding; readonly exception: KnownException }[];
  /** Exceptions that have expired, or that nothing needs any more. */
  readonly stale: readonly { readonly exception: KnownException; readonly how: "expired" | "notNeeded" }[];
  /** What the next deployment would bring: no drift. */
  readonly fromDefinition: readonly FromDefinition[];
  readonly coverage: Coverage;
}
