import type { Instance } from "../drivers/driver.ts";
import type { GatewayObservation, InstanceTraffic } from "../gateway/gateway.ts";
import type { DeploymentRecord, EnvironmentRecord } from "../store/store.ts";
import type { DeploymentSpec, Fleet } from "./spec.ts";

/** What is really there, as far as it can be seen. */
export interface Observed {
  readonly record: EnvironmentRecord | undefined;
  readonly serving: DeploymentRecord | undefined;
  /** A deployment without an end. */
  readonly underWay: DeploymentRecord | undefined;
  readonly instances: readonly Instance[];
  /** undefined: no gateway answers. */
  readonly gateway: GatewayObservation | undefined;
  /** Health answers by instance id. */
  readonly health: ReadonlyMap<string, { readonly healthy: boolean; readonly answer: string }>;
  readonly agentRuns: boolean;
}

/**
 * `serving`: everything that should run runs, is healthy and gets the traffic. `degraded`: requests are answered, but
 * not everything is as it should be. `down`: requests are not answered, though they should be. `changing`: a
 * deployment is under way. `interrupted`: one was, and nobody is driving it.
 */
export type EnvironmentState =
  | "neverDeployed"
  | "serving"
  | "degraded"
  | "down"
  | "stopped"
  | "changing"
  | "interrupted";

export interface InstanceStatus {
  readonly id: string;
  readonly service: string;
  readonly release: string;
  readonly state: "running" | "ended" | "missing";
  readonly healthy?: boolean;
  readonly answer?: string;
  readonly address?: string;
  readonly pid?: number;
  readonly startedAt?: number;
  /** Whether the gateway sends it requests. */
  readonly routed: boolean;
  readonly traffic?: Pick<InstanceTraffic, "requests" | "serverErrors" | "connectErrors" | "underWay">;
}

export interface EnvironmentStatus {
  readonly name: string;
  readonly state: EnvironmentState;
  readonly url?: string;
  /** The release that gets the traffic, by what the gateway does; absent when none does. */
  readonly release?: string;
  readonly deployment?: number;
  readonly since?: number;
  readonly underWay?: { readonly deployment: number; readonly release: string };
  readonly instances: readonly InstanceStatus[];
  /** What is not as it should be; [] when all is well. */
  readonly problems: readonly StatusProblem[];
}

export type StatusProblem =
  | { readonly problem: "gatewayDown" }
  /** Nobody would restart what ends. */
  | { readonly problem: "noAgent" }
  | { readonly problem: "notRunning"; readonly instance: string }
  | { readonly problem: "unhealthy"; readonly instance: string; readonly answer: string }
  | { readonly problem: "noTraffic"; readonly instance: string }
  | { readonly problem: "unexpected"; readonly instance: string };

/** Says of one environment what is true. */
export function environmentStatus(name: string, observed: Observed): EnvironmentStatus {
  const { record, serving, underWay } = observed;
  const fleet = (record?.members as Fleet | undefined) ?? { members: [], routed: [] };
  const instances = instancesOf(name, fleet, observed);
  const problems = record?.stopped ? [] : problemsOf(fleet, instances, observed);
  const routed = instances.filter((instance) => instance.routed && instance.state === "running");
  const release = routed[0]?.release ?? (record?.stopped ? undefined : fleet.routed[0]?.release);
  const url = (serving?.spec as DeploymentSpec | undefined)?.url ?? (underWay?.spec as DeploymentSpec | undefined)?.url;
  return {
    name,
    state: stateOf(observed, routed.length, problems),
    instances,
    problems,
    ...(url === undefined ? {} : { url }),
    ...(release === undefined ? {} : { release }),
    ...(serving === undefined ? {} : { deployment: serving.id, since: serving.end?.at ?? serving.at }),
    ...(underWay === undefined ? {} : { underWay: { deployment: underWay.id, release: underWay.release } }),
  };
}

function stateOf(
  { record, underWay, agentRuns }: Observed,
  routed: number,
  problems: readonly StatusProblem[],
): EnvironmentState {
  if (underWay !== undefined) return agentRuns ? "changing" : "interrupted";
  if (record?.serving === undefined) return "neverDeployed";
  if (record.stopped) return "stopped";
  if (problems.length === 0) return "serving";
  return routed > 0 ? "degraded" : "down";
}

/** Those that should be there, then those that are there besides. */
function instancesOf(name: string, fleet: Fleet, observed: Observed): InstanceStatus[] {
  const running = observed.instances.filter((instance) => instance.state.state === "running");
  const extra = running.filter((instance) => !fleet.members.some((member) => member.id === instance.id));
  return [...fleet.members, ...extra].map((member) => {
    const instance = observed.instances.find(({ id }) => id === member.id);
    const health = observed.health.get(member.id);
    const traffic = observed.gateway?.instances.find(
      ({ environment, instance: id }) => environment === name && id === member.id,
    );
    const address = instance?.address;
    return {
      id: member.id,
      service: member.service,
      release: member.release,
      state: instance?.state.state ?? "missing",
      routed: isRouted(name, member.id, observed.gateway),
      ...(health === undefined ? {} : health),
      ...(address === undefined ? {} : { address: `${address.host}:${address.port}` }),
      ...(instance?.state.state === "running" && instance.state.pid !== undefined ? { pid: instance.state.pid } : {}),
      ...(instance === undefined ? {} : { startedAt: instance.startedAt }),
      ...(traffic === undefined ? {} : { traffic }),
    };
  });
}

function isRouted(environment: string, id: string, gateway: GatewayObservation | undefined): boolean {
  const routes = gateway?.environments.find((table) => table.environment === environment)?.routes ?? [];
  return routes.some((route) => route.pools.some((pool) => pool.backends.some(({ instance }) => instance === id)));
}

function problemsOf(fleet: Fleet, instances: readonly InstanceStatus[], observed: Observed): StatusProblem[] {
  if (observed.record?.serving === undefined) return [];
  const wanted = new Set(fleet.members.map((member) => member.id));
  const toRoute = new Set(observed.gateway === undefined ? [] : fleet.routed.map((member) => member.id));
  return [
    ...(observed.gateway === undefined ? [{ problem: "gatewayDown" as const }] : []),
    ...(observed.agentRuns ? [] : [{ problem: "noAgent" as const }]),
    ...instances.flatMap((instance) => instanceProblems(instance, wanted.has(instance.id), toRoute.has(instance.id))),
  ];
}

function instanceProblems(status: InstanceStatus, isWanted: boolean, isToRoute: boolean): StatusProblem[] {
  const instance = status.id;
  if (!isWanted) return [{ problem: "unexpected", instance }];
  if (status.state !== "running") return [{ problem: "notRunning", instance }];
  if (status.healthy === false) return [{ problem: "unhealthy", instance, answer: status.answer ?? "" }];
  if (isToRoute && status.address !== undefined && !status.routed) return [{ problem: "noTraffic", instance }];
  return [];
}
