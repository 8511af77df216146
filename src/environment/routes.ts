import type { Address } from "../drivers/driver.ts";
import type { EnvironmentRoutes, Pool, Route } from "../gateway/gateway.ts";
import { isPublic } from "../records/service.ts";
import type { DeploymentSpec, Member } from "./spec.ts";

/** An instance that should get requests, where it is, and the deployment it belongs to. */
export interface RoutedInstance {
  readonly member: Member;
  readonly address: Address;
  readonly spec: DeploymentSpec;
}

/**
 * The gateway's table for an environment. `spec` is the deployment that has the say over the address and the routes;
 * a release's share is its number of instances.
 */
export function environmentRoutes(
  spec: DeploymentSpec,
  instances: readonly RoutedInstance[],
  token: number,
): EnvironmentRoutes {
  const url = new URL(spec.url);
  return {
    environment: spec.environment,
    token,
    listen: { host: "127.0.0.1", port: Number(url.port || 80) },
    hosts: [url.hostname],
    routes: prefixesOf(spec, instances).map((prefix) => routeFor(prefix, instances)),
    internal: [],
  };
}

/** Those of the deployment in charge, even without instances (then: 503), and those that older instances still have. */
function prefixesOf(spec: DeploymentSpec, instances: readonly RoutedInstance[]): `/${string}`[] {
  const specs = new Set([spec, ...instances.map((instance) => instance.spec)]);
  const prefixes = [...specs].flatMap(({ services }) =>
    services.filter(isPublic).map(({ route }) => route as `/${string}`),
  );
  return [...new Set(prefixes)].sort();
}

function routeFor(prefix: `/${string}`, instances: readonly RoutedInstance[]): Route {
  const behind = instances.filter(({ member, spec }) => serviceOf(spec, member)?.route === prefix);
  const deployments = [...new Set(behind.map(({ member }) => member.deployment))].sort((one, other) => one - other);
  return { prefix, pools: deployments.map((deployment) => poolOf(deployment, behind)) };
}

function poolOf(deployment: number, behind: readonly RoutedInstance[]): Pool {
  const own = behind.filter(({ member }) => member.deployment === deployment);
  const backends = own.map(({ member, address }) => ({
    instance: member.id,
    address: `${address.host}:${address.port}`,
  }));
  const release = own[0]?.member.release ?? "";
  return { deployment, release, share: own.length / behind.length, backends };
}

export function serviceOf(spec: DeploymentSpec, member: Member) {
  return spec.services.find((service) => service.name === member.service);
}
