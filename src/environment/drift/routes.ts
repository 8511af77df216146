import type { Backend, EnvironmentRoutes, InternalRoute, Route } from "../../gateway/gateway.ts";
import { environmentRoutes, type PlacedInstance } from "../routes.ts";
import { type Check, type DriftFacts, looked, notLooked } from "./facts.ts";
import type { DriftFinding } from "./report.ts";

type How = Extract<DriftFinding, { drift: "route" }>["how"];

/** The checks of what the gateway does with the environment's requests: its address, and each route, public and internal. */
export function routeChecks(facts: DriftFacts): Check[] {
  const should = tableOf(facts);
  if (should === undefined) return nothingRouted(facts);
  const wanted = [...should.routes.map(publicPart), ...should.internal.map(internalPart)];
  const names = ["address", ...wanted.map(({ name }) => name)];
  if (facts.underWay !== undefined)
    return names.map((object) => notLooked({ dimension: "routes", object, because: "rollout" }));
  if (facts.gateway === "unreachable") {
    const rest = names.slice(1).map((object) => notLooked({ dimension: "routes", object, because: "unreachable" }));
    return [looked("routes", "address", [{ drift: "gatewayGone" }]), ...rest];
  }
  const table = facts.gateway.table && withoutMissing(facts.gateway.table, facts);
  const had = table === undefined ? [] : [...table.routes.map(publicPart), ...table.internal.map(internalPart)];
  const added = had.filter(({ name }) => !names.includes(name)).map(({ name }) => wrong(name, "added"));
  return [
    looked("routes", "address", [...addressFindings(table, should), ...added]),
    ...wanted.map((part) =>
      looked(
        "routes",
        part.name,
        partFindings(
          part,
          had.find((other) => other.name === part.name),
        ),
      ),
    ),
  ];
}

/** Nothing should get requests. */
function nothingRouted({ gateway, underWay }: DriftFacts): Check[] {
  if (underWay !== undefined) return [notLooked({ dimension: "routes", object: "address", because: "rollout" })];
  // A gateway that is not there routes nothing.
  const isRouted = gateway !== "unreachable" && gateway.table !== undefined;
  return [looked("routes", "address", isRouted ? [wrong("address", "added")] : [])];
}

/** The table that what runs now should have: one that does not run is missing, and no matter of the routes. */
function tableOf({ serving, fleet, specs, instances }: DriftFacts): EnvironmentRoutes | undefined {
  if (serving === undefined || fleet.members.length === 0) return undefined;
  const placed = fleet.members.flatMap((member): PlacedInstance[] => {
    const spec = specs.get(member.deployment);
    const found = instances.find(({ id, state }) => id === member.id && state.state === "running");
    return spec === undefined ? [] : [{ member, spec, ...(found?.address && { address: found.address }) }];
  });
  const routed = new Set(fleet.routed.map(({ id }) => id));
  return environmentRoutes({ spec: serving.spec, fleet: placed, routed, traffic: fleet.traffic, token: 0 });
}

/** What should get requests and does not run is told as missing, whether or not the gateway was told. */
function withoutMissing(table: EnvironmentRoutes, { fleet, instances }: DriftFacts): EnvironmentRoutes {
  const isRunning = (id: string) => instances.some((one) => one.id === id && one.state.state === "running");
  const missing = new Set(fleet.members.map(({ id }) => id).filter((id) => !isRunning(id)));
  const left = (backends: readonly Backend[]) => backends.filter(({ instance }) => !missing.has(instance));
  const pools = (route: Route) =>
    route.pools
      .map((pool) => ({ ...pool, backends: left(pool.backends) }))
      .filter(({ backends }) => backends.length > 0);
  return {
    ...table,
    routes: table.routes.map((route) => ({ ...route, pools: pools(route) })),
    internal: table.internal.map((route) => ({ ...route, backends: left(route.backends) })),
  };
}

interface Part {
  readonly name: string;
  readonly backends: string;
  /** "" where there are none. */
  readonly shares: string;
}

function publicPart({ host, prefix, pools }: Route): Part {
  const backends = pools.map(({ deployment, backends }) => `${deployment}: ${showBackends(backends)}`);
  const shares = pools.map(({ deployment, share }) => `${deployment}: ${share.toFixed(6)}`);
  const name = host === undefined ? prefix : `${host}${prefix}`;
  return { name, backends: backends.sort().join("; "), shares: shares.sort().join("; ") };
}

function internalPart({ service, deployment, backends }: InternalRoute): Part {
  return { name: `${service} (internal, deployment ${deployment})`, backends: showBackends(backends), shares: "" };
}

function showBackends(backends: readonly Backend[]): string {
  return backends
    .map(({ instance, address }) => `${instance} ${address}`)
    .sort()
    .join(", ");
}

function addressFindings(is: EnvironmentRoutes | undefined, should: EnvironmentRoutes): DriftFinding[] {
  if (is === undefined) return [wrong("address", "missing")];
  const isSame =
    is.listen.host === should.listen.host &&
    is.listen.port === should.listen.port &&
    is.hosts.join(" ") === should.hosts.join(" ") &&
    is.trustProxies?.join(" ") === should.trustProxies?.join(" ");
  return isSame ? [] : [wrong("address", "address")];
}

function partFindings(should: Part, is: Part | undefined): DriftFinding[] {
  if (is === undefined) return [wrong(should.name, "missing")];
  if (is.backends !== should.backends) return [wrong(should.name, "instances")];
  return is.shares === should.shares ? [] : [wrong(should.name, "shares")];
}

function wrong(route: string, how: How): DriftFinding {
  return { drift: "route", route, how };
}
