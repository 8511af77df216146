import type { Address } from "../drivers/driver.ts";
import type { Traffic } from "../events/traffic.ts";
import type { Backend, EnvironmentRoutes, InternalRoute, Pool, Route } from "../gateway/gateway.ts";
import { isPublic, listens } from "../records/service.ts";
import type { Member } from "../strategies/fleet.ts";
import type { DeploymentSpec, ServiceSpec } from "./spec.ts";

/** An instance that should run, the deployment it belongs to, and where it is; absent: it cannot be reached now. */
export interface PlacedInstance {
  readonly member: Member;
  readonly spec: DeploymentSpec;
  readonly address?: Address;
}

export interface TableRequest {
  /** The deployment that has the say over the address and the routes. */
  readonly spec: DeploymentSpec;
  /** Everything that should run. */
  readonly fleet: readonly PlacedInstance[];
  /** Ids of those that get requests from outside. */
  readonly routed: ReadonlySet<string>;
  /** How the requests of a route are shared between the deployments that have instances behind it. */
  readonly traffic: Traffic;
  readonly token: number;
}

type Reachable = PlacedInstance & { readonly address: Address };

/** The gateway's table for an environment. */
export function environmentRoutes({ spec, fleet, routed, traffic, token }: TableRequest): EnvironmentRoutes {
  const url = new URL(spec.url);
  const { trustProxies, ...listen } = spec.listen ?? { host: "127.0.0.1", port: Number(url.port || 80) };
  const instances = fleet.filter(isReachable).filter(({ member }) => routed.has(member.id));
  const places = placesOf([spec, ...instances.map((instance) => instance.spec)]);
  return {
    environment: spec.environment,
    token,
    listen,
    ...(trustProxies && { trustProxies }),
    hosts: [url.hostname],
    routes: places.map(({ host, prefix }): Route => {
      const behind = instances.filter((instance) => {
        const service = serviceOf(instance.spec, instance.member);
        return service?.route === prefix && service.host === host;
      });
      const pools = poolsOf(behind, traffic);
      return host === undefined ? { prefix, pools } : { host: `${host}.${url.hostname}`, prefix, pools };
    }),
    internal: internalRoutes(fleet),
  };
}

interface Place {
  readonly host: string | undefined;
  readonly prefix: `/${string}`;
}

/** Those of the deployment in charge, even without instances (then: 503), and those that older instances still have. */
function placesOf(specs: readonly DeploymentSpec[]): Place[] {
  const places = specs.flatMap(({ services }) =>
    services.filter(isPublic).map(({ host, route }) => ({ host, prefix: route as `/${string}` })),
  );
  const byKey = new Map(places.map((place) => [`${place.host ?? ""} ${place.prefix}`, place]));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, place]) => place);
}

/**
 * One pool for each deployment. Shares are those of the deployments that are behind the route: with 3/4 and 1/4 and nobody
 * of the first there, the second gets all. Where nobody of them has a share, as a service has that is replaced later than
 * another one, instances are equal.
 */
function poolsOf(instances: readonly Reachable[], traffic: Traffic): Pool[] {
  const shareOf = (deployment: number) => traffic.find((share) => share.deployment === deployment)?.share ?? 0;
  const deployments = [...new Set(instances.map(({ member }) => member.deployment))].sort((a, b) => a - b);
  const sum = deployments.reduce((total, deployment) => total + shareOf(deployment), 0);
  return deployments.map((deployment) => {
    const own = instances.filter(({ member }) => member.deployment === deployment);
    const share = sum > 0 ? shareOf(deployment) / sum : own.length / instances.length;
    return { deployment, release: own[0]!.member.release, share, backends: own.map(backendOf) };
  });
}

/** For each deployment that has instances, every service that others of it call: with all that can be reached of it. */
function internalRoutes(fleet: readonly PlacedInstance[]): InternalRoute[] {
  const specs = new Map(fleet.map(({ member, spec }) => [member.deployment, spec]));
  return [...specs]
    .sort(([one], [other]) => one - other)
    .flatMap(([deployment, spec]) =>
      calledServices(spec).map(({ name }) => {
        const own = fleet.filter(({ member }) => member.deployment === deployment && member.service === name);
        return { service: name, deployment, release: spec.release, backends: own.filter(isReachable).map(backendOf) };
      }),
    );
}

function calledServices({ services }: DeploymentSpec): ServiceSpec[] {
  return services.filter((service) => listens(service) && services.some(({ needs }) => needs?.includes(service.name)));
}

function isReachable(instance: PlacedInstance): instance is Reachable {
  return instance.address !== undefined;
}

function backendOf({ member, address }: Reachable): Backend {
  return { instance: member.id, address: `${address.host}:${address.port}` };
}

export function serviceOf(spec: DeploymentSpec, member: Member): ServiceSpec | undefined {
  return spec.services.find((service) => service.name === member.service);
}
