import type { WindowStanding } from "../definition/window.ts";
import type { Failure } from "../errors/failure.ts";
import type { ComparisonFigures } from "../events/deployment-events.ts";
import type { GatewayObservation, SubstituteAnswers } from "../gateway/gateway.ts";
import type { ApprovalMatter, OverrideMatter } from "../records/matter.ts";
import type { ObservedResource } from "../resources/observe.ts";
import type { DeploymentRecord, EnvironmentRecord } from "../store/store.ts";
import { emptyFleet, type Fleet } from "../strategies/fleet.ts";
import { aboutOf } from "./about.ts";
import type { FromDefinition } from "./drift/config.ts";
import type { DriftFound } from "./drift/remembered.ts";
import type { DriftFinding } from "./drift/report.ts";
import { type InstanceStatus, type InstancesSeen, instancesOf } from "./instance-status.ts";
import { type UnkeptLimit, unkept } from "./limits.ts";
import type { Unended } from "./previews.ts";
import { type ResourceStatus, resourceStatus } from "./resource-status.ts";
import { type DeploymentSpec, fleetOf, specOf } from "./spec.ts";

/** An instance that ended once and was back is no problem any more. */
const crashesToTell = 3;
const substitutesToTell = 5;

export type { InstanceStatus };

/** How the config of what runs is not what was deployed, or what was deployed is not what the definition says. */
export type ConfigDrift = FromDefinition | DriftFinding;

/** What is really there, as far as it can be seen. */
export interface Observed extends InstancesSeen {
  readonly record: EnvironmentRecord | undefined;
  readonly serving: DeploymentRecord | undefined;
  /** A deployment without an end. */
  readonly underWay: DeploymentRecord | undefined;
  /** Where it stands; absent: that is not known. */
  readonly standing?: RolloutStanding;
  /** What is in the ledger and what is there of it; absent: [] */
  readonly resources?: readonly ObservedResource[];
  /** Whether something accepts connections at the environment's address; absent: nothing should. */
  readonly isListening?: boolean;
  /** How often instances ended by themselves in the last minute, by instance id. */
  readonly losses: ReadonlyMap<string, number>;
  /** Why releases are refused, by digest. */
  readonly quarantines: ReadonlyMap<string, string>;
  /** `hangs`: its process does not answer in time. */
  readonly agent: "answers" | "none" | { readonly hangs: number };
  /** What of the config is not as one would expect; absent: [] */
  readonly drift?: readonly ConfigDrift[];
  /** What the agent found when it last looked for drift, and when. */
  readonly driftFound?: DriftFound;
  /** The secrets that it was deployed with cannot be read any more. */
  readonly secretsLost?: boolean;
  readonly awaits?: AwaitedApproval;
  /** Gates that were set aside and that nobody has acknowledged; absent: [] */
  readonly overridden?: readonly Overridden[];
  /** What of its records is not understood; absent: [] */
  readonly unreadable?: readonly Failure[];
  /** The newest deployment, when that was left as it stood for a person. */
  readonly frozen?: number;
  /** Whether the agent is at work on the deployment under way. */
  readonly isDriven: boolean;
}

/**
 * `serving`: everything that should run runs, is healthy and gets the traffic. `degraded`: requests are answered, but
 * not everything is as it should be. `down`: requests are not answered, though they should be. `changing`: a
 * deployment is under way. `interrupted`: one was, and nobody is driving it. `standsStill`: what is recorded of it is not
 * understood; what serves goes on serving, and nothing else is done.
 */
export type EnvironmentState =
  | "neverDeployed"
  | "serving"
  | "degraded"
  | "down"
  | "stopped"
  | "changing"
  | "standsStill"
  | "interrupted";

/** Of an environment that is a preview. */
export interface PreviewStatus {
  readonly from: string;
  /** Services of the release that do not run there. */
  readonly off: readonly string[];
  readonly endsAt?: number;
  /** It should be gone: why it is not. */
  readonly unended?: Unended;
}

/**
 * Where a rollout stands. `working`: a step is being performed. `observing`: it is being judged, or waits for time to pass.
 * `baking`: it has all requests, and what served before is kept. `held`: a person decides. `paused`: nothing further begins.
 */
export interface RolloutStanding {
  readonly is: "working" | "observing" | "baking" | "held" | "paused" | "reverting";
  /** From 1; of the direction in which it goes. */
  readonly step: number;
  readonly steps: number;
  /** What part of the requests the new release has, 0 to 1. */
  readonly share: number;
  /** When its time in the step is over, unless it is judged before; milliseconds since 1970. */
  readonly until?: number;
  /** How the new release fares beside the one that serves; absent: they are not compared. */
  readonly figures?: ComparisonFigures;
  /** The requests are not shared out as the gateway was told, so the figures say nothing. */
  readonly misshared?: true;
}

export interface EnvironmentStatus {
  readonly name: string;
  readonly state: EnvironmentState;
  readonly url?: string;
  readonly preview?: PreviewStatus;
  /** The release that gets the traffic, by what the gateway does; absent when none does. */
  readonly release?: string;
  readonly deployment?: number;
  readonly since?: number;
  readonly underWay?: { readonly deployment: number; readonly release: string; readonly standing?: RolloutStanding };
  /** Why the release that gets the traffic is refused for new deployments; absent when it is not. */
  readonly quarantine?: string;
  readonly instances: readonly InstanceStatus[];
  /** Its databases and folders; [] when it has none. */
  readonly resources: readonly ResourceStatus[];
  /** What is not as it should be; [] when all is well. */
  readonly problems: readonly StatusProblem[];
  /** What the gateway answered lately in the place of its instances, the newest first; absent: nothing. */
  readonly substitutes?: readonly SubstituteAnswers[];
  /** What of its records is not understood (`state-newer`, `state-damaged`); absent when all is. */
  readonly unreadable?: readonly Failure[];
  /** Present: nothing of it can be started any more with the secrets that it was deployed with; they have to be given again. */
  readonly secretsLost?: true;
  /** Limits that nothing holds its instances to; absent when all are kept. */
  readonly unkept?: readonly UnkeptLimit[];
  /** How the config of what runs differs from what was deployed, or what was deployed from what the definition says. */
  readonly drift: readonly ConfigDrift[];
  /** What the agent found when it last looked for drift; absent: nothing. */
  readonly driftFound?: DriftFound;
  /** A deployment that waits for people to agree; absent: none. */
  readonly awaits?: AwaitedApproval;
  /** Gates that were set aside for its deployments, until somebody acknowledges it; absent: none. */
  readonly overridden?: readonly Overridden[];
  /** Whether deployments may begin now, by the definition; absent: at any time. */
  readonly window?: WindowStanding;
}

/** A deployment that waits, and nothing runs for it. Times are milliseconds since 1970. */
export interface AwaitedApproval extends Pick<ApprovalMatter, "at" | "by" | "expiresAt" | "approvals"> {
  readonly deployment: number;
  readonly release: string;
  readonly needed: number;
  readonly approvers: readonly string[];
}

/** What nobody has acknowledged yet. */
export interface Overridden extends Pick<OverrideMatter, "overrides" | "at" | "by"> {
  readonly deployment: number;
}

export type StatusProblem =
  | { readonly problem: "gatewayDown" }
  /** Nothing accepts connections at the environment's address. `causes`: what the gateway says of it. */
  | { readonly problem: "notListening"; readonly causes: readonly string[] }
  /** The gateway does not serve all of it, or would not after a restart. */
  | { readonly problem: "gateway"; readonly message: string }
  /** Its newest deployment failed and was left as it stood: a person decides. */
  | { readonly problem: "frozen"; readonly deployment: number }
  /** Nobody would restart what ends. */
  | { readonly problem: "noAgent" }
  /** The same: the process that should does not answer. */
  | { readonly problem: "agentHangs"; readonly pid: number }
  | { readonly problem: "notRunning"; readonly instance: string }
  /** It runs now, but ends by itself again and again. */
  | { readonly problem: "crashing"; readonly instance: string; readonly times: number }
  | { readonly problem: "unhealthy"; readonly instance: string; readonly answer: string }
  | { readonly problem: "noTraffic"; readonly instance: string }
  | { readonly problem: "unexpected"; readonly instance: string }
  | { readonly problem: "resource"; readonly resource: string; readonly message: string };

/** Says of one environment what is true. */
export function environmentStatus(name: string, observed: Observed): EnvironmentStatus {
  const { record, serving, underWay, quarantines } = observed;
  const recorded = fleetOf(record);
  const fleet = recorded.ok ? recorded.value : emptyFleet;
  const instances = instancesOf(name, fleet, observed);
  const routed = instances.filter((instance) => instance.routed && instance.state === "running");
  const serviceProblems = problemsOf(name, fleet, instances, observed);
  const resources = (observed.resources ?? []).map((one) => resourceStatus(one, observed.agent === "answers"));
  const problems = [...serviceProblems, ...resources.flatMap(problemsOfResource)];
  const release = routed[0]?.release ?? (record?.stopped ? undefined : fleet.routed[0]?.release);
  const deployed = serving ?? underWay;
  const spec = deployed && specOf(deployed);
  const url = spec?.ok ? spec.value.url : undefined;
  const free =
    serving !== undefined && spec?.ok
      ? unkept({ id: serving.id, services: spec.value.services }, observed.instances)
      : [];
  const unreadable = observed.unreadable ?? [];
  const substitutes = substitutesOf(name, observed.gateway);
  const quarantine = release === undefined ? undefined : quarantines.get(release);
  return {
    name,
    state: stateOf(observed, routed, { all: problems, services: serviceProblems }),
    instances,
    resources,
    problems,
    drift: observed.drift ?? [],
    ...(observed.awaits === undefined ? {} : { awaits: observed.awaits }),
    ...(observed.overridden === undefined || observed.overridden.length === 0
      ? {}
      : { overridden: observed.overridden }),
    ...(observed.driftFound === undefined ? {} : { driftFound: observed.driftFound }),
    ...(substitutes.length === 0 ? {} : { substitutes }),
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(observed.secretsLost ? { secretsLost: true } : {}),
    ...(free.length === 0 ? {} : { unkept: free }),
    ...(url === undefined ? {} : { url }),
    ...previewIn(record, spec?.ok ? spec.value : undefined),
    ...(release === undefined ? {} : { release }),
    ...servesSince(serving, underWay, observed.standing),
    ...(underWay === undefined ? {} : { underWay: underWayOf(underWay, observed.standing) }),
    ...(quarantine === undefined ? {} : { quarantine }),
  };
}

/** One that bakes has all requests already. */
function servesSince(
  serving: DeploymentRecord | undefined,
  underWay: DeploymentRecord | undefined,
  standing: RolloutStanding | undefined,
) {
  const inCharge = standing?.is === "baking" ? underWay : serving;
  return inCharge === undefined ? {} : { deployment: inCharge.id, since: inCharge.end?.at ?? inCharge.at };
}

function underWayOf({ id, release }: DeploymentRecord, standing: RolloutStanding | undefined) {
  return { deployment: id, release, ...(standing && { standing }) };
}

function substitutesOf(name: string, gateway: GatewayObservation | undefined): SubstituteAnswers[] {
  const own = (gateway?.substitutes ?? []).filter(({ environment }) => environment === name);
  return own.sort((one, other) => other.lastAt - one.lastAt).slice(0, substitutesToTell);
}

function previewIn(record: EnvironmentRecord | undefined, spec: DeploymentSpec | undefined) {
  const about = aboutOf(record);
  const made = about.ok ? about.value?.preview : undefined;
  const from = made?.from ?? spec?.preview?.from;
  if (from === undefined) return {};
  const { endsAt, unended } = made ?? {};
  const end = { ...(endsAt !== undefined && { endsAt }), ...(unended && { unended }) };
  return { preview: { from, off: spec?.preview?.off ?? [], ...end } };
}

function stateOf(
  observed: Observed,
  routed: readonly InstanceStatus[],
  problems: { readonly all: readonly StatusProblem[]; readonly services: readonly StatusProblem[] },
): EnvironmentState {
  const { record, underWay, isDriven, isListening } = observed;
  if (observed.unreadable !== undefined && observed.unreadable.length > 0) return "standsStill";
  if (underWay !== undefined) return isDriven ? "changing" : "interrupted";
  const isQuiet = problems.services.length === 0;
  if (record?.serving === undefined && isQuiet) return "neverDeployed";
  if (record?.stopped && isQuiet) return "stopped";
  if (isQuiet) return problems.all.length === 0 ? "serving" : "degraded";
  return isListening !== false && routed.some(({ healthy }) => healthy !== false) ? "degraded" : "down";
}

function problemsOfResource({ name, problems }: ResourceStatus): StatusProblem[] {
  return problems.map((message) => ({ problem: "resource", resource: name, message }));
}

function problemsOf(
  name: string,
  fleet: Fleet,
  instances: readonly InstanceStatus[],
  observed: Observed,
): StatusProblem[] {
  const { record, underWay, unreadable = [] } = observed;
  // What should run is not known; whether requests are answered is.
  if (unreadable.length > 0) return trafficProblems(name, observed);
  if (underWay === undefined && (record?.serving === undefined || record.stopped)) {
    const running = instances.filter(({ state }) => state === "running");
    return running.map(({ id }) => ({ problem: "unexpected", instance: id }));
  }
  const own = instances.flatMap((instance) => instanceProblems(instance, fleet, observed));
  const { frozen: deployment } = observed;
  const frozen: StatusProblem[] = deployment === undefined ? [] : [{ problem: "frozen", deployment }];
  return [...trafficProblems(name, observed), ...agentProblems(observed), ...frozen, ...own];
}

function agentProblems({ agent }: Observed): StatusProblem[] {
  if (agent === "answers") return [];
  return [agent === "none" ? { problem: "noAgent" } : { problem: "agentHangs", pid: agent.hangs }];
}

function trafficProblems(name: string, { gateway, isListening }: Observed): StatusProblem[] {
  if (gateway === undefined) return [{ problem: "gatewayDown" }];
  const own = (gateway.problems ?? []).filter(({ environment }) => environment === name);
  if (isListening === false) return [{ problem: "notListening", causes: own.map(({ message }) => message) }];
  return own.map(({ message }) => ({ problem: "gateway", message }));
}

function instanceProblems(status: InstanceStatus, fleet: Fleet, observed: Observed): StatusProblem[] {
  const instance = status.id;
  const { underWay, gateway } = observed;
  // While a deployment is under way what should run changes from step to step; what gets requests must serve.
  if (underWay !== undefined && !status.routed) return [];
  if (underWay === undefined && !fleet.members.some(({ id }) => id === instance))
    return [{ problem: "unexpected", instance }];
  if (status.state !== "running") return [{ problem: "notRunning", instance }];
  if (status.healthy === false) return [{ problem: "unhealthy", instance, answer: status.answer ?? "" }];
  const isToRoute = gateway !== undefined && fleet.routed.some(({ id }) => id === instance);
  if (isToRoute && status.address !== undefined && !status.routed) return [{ problem: "noTraffic", instance }];
  const times = observed.losses.get(instance) ?? 0;
  return times >= crashesToTell ? [{ problem: "crashing", instance, times }] : [];
}
