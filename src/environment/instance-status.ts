import type { Instance } from "../drivers/driver.ts";
import type { GatewayObservation, InstanceTraffic } from "../gateway/gateway.ts";
import type { Fleet, Member } from "../strategies/fleet.ts";

/** An instance of an environment as status shows it. */
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
  /** Present: the gateway sends it calls of other services, whether or not it also gets requests. */
  readonly called?: true;
  /** What became of its requests, calls of other services included. */
  readonly traffic?: Pick<InstanceTraffic, Count>;
}

/** What of an environment's instances was seen. */
export interface InstancesSeen {
  readonly instances: readonly Instance[];
  /** undefined: no gateway answers. */
  readonly gateway: GatewayObservation | undefined;
  /** Health answers by instance id. */
  readonly health: ReadonlyMap<string, { readonly healthy: boolean; readonly answer: string }>;
}

/** Those that should be there, then those that are there besides. */
export function instancesOf(name: string, fleet: Fleet, observed: InstancesSeen): InstanceStatus[] {
  const running = observed.instances.filter((instance) => instance.state.state === "running");
  const extra = running.filter((instance) => !fleet.members.some((member) => member.id === instance.id));
  return [...fleet.members, ...extra].map((member) => instanceStatus(name, member, observed));
}

function instanceStatus(name: string, member: Member, observed: InstancesSeen): InstanceStatus {
  const instance = observed.instances.find(({ id }) => id === member.id);
  const health = observed.health.get(member.id);
  const traffic = trafficOf(name, member.id, observed.gateway);
  const address = instance?.address;
  return {
    id: member.id,
    service: member.service,
    release: member.release,
    state: instance?.state.state ?? "missing",
    routed: isRouted(name, member.id, observed.gateway),
    ...(isCalled(name, member.id, observed.gateway) ? { called: true } : {}),
    ...(health === undefined ? {} : health),
    ...(address === undefined ? {} : { address: `${address.host}:${address.port}` }),
    ...(instance?.state.state === "running" && instance.state.pid !== undefined ? { pid: instance.state.pid } : {}),
    ...(instance === undefined ? {} : { startedAt: instance.startedAt }),
    ...(traffic === undefined ? {} : { traffic }),
  };
}

const counts = ["requests", "serverErrors", "connectErrors", "brokeOff", "underWay"] as const;
type Count = (typeof counts)[number];

function trafficOf(
  environment: string,
  id: string,
  gateway: GatewayObservation | undefined,
): InstanceStatus["traffic"] {
  const own = gateway?.instances.filter((one) => one.environment === environment && one.instance === id) ?? [];
  if (own.length === 0) return undefined;
  const sums = counts.map((count) => [count, own.reduce((sum, one) => sum + one[count], 0)]);
  return Object.fromEntries(sums) as Record<Count, number>;
}

function isRouted(environment: string, id: string, gateway: GatewayObservation | undefined): boolean {
  const routes = gateway?.environments.find((table) => table.environment === environment)?.routes ?? [];
  return routes.some((route) => route.pools.some((pool) => pool.backends.some(({ instance }) => instance === id)));
}

function isCalled(environment: string, id: string, gateway: GatewayObservation | undefined): boolean {
  const routes = gateway?.environments.find((table) => table.environment === environment)?.internal ?? [];
  return routes.some(({ backends }) => backends.some(({ instance }) => instance === id));
}
