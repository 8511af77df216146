import type { Backend, EnvironmentRoutes, Pool, Route } from "../../gateway.ts";
import type { CountedAs } from "./traffic.ts";
import type { Upstream } from "./upstream.ts";

/** A route as requests use it: only what may be chosen, and whose turn it is. */
export interface LiveRoute {
  /** Without a slash at its end; the root is empty. */
  readonly prefix: string;
  readonly pools: readonly LivePool[];
}

export interface LivePool {
  readonly deployment: number;
  readonly release: string;
  /** In parts of `wholeShare`: whole numbers, whose sums never drift. */
  readonly share: number;
  readonly upstreams: readonly Upstream[];
  /** State of the smooth choice by shares: what the pool is owed. */
  credit: number;
  /** Where the search for the least busy one begins. */
  turn: number;
}

/** An environment's routes as requests use them. */
export interface LiveTable {
  /** By host, each with the routes it may take, the longest prefix first. */
  readonly hosts: ReadonlyMap<string, readonly LiveRoute[]>;
  /** In the order of the table's internal routes. */
  readonly internal: readonly LiveRoute[];
  /** By host and prefix, for the table that comes next. */
  readonly byPlace: ReadonlyMap<string, LiveRoute>;
}

type UpstreamOf = (backend: Backend, as: CountedAs) => Upstream;

/**
 * Makes a table ready for requests. Pools that must get nothing are left out. What the pools of `before` are owed goes
 * over to the same ones at the same place: tables that follow each other quickly don't shift the shares.
 */
export function liveTable(table: EnvironmentRoutes, upstreamOf: UpstreamOf, before: LiveTable | undefined): LiveTable {
  const byPlace = new Map<string, LiveRoute>();
  const byHost = new Map<string | undefined, LiveRoute[]>([[undefined, []]]);
  for (const route of table.routes) {
    const prefix = route.prefix.replace(/\/+$/, "");
    const place = `${route.host ?? ""} ${prefix}`;
    const live = { prefix, pools: livePools(route, upstreamOf, before?.byPlace.get(place)) };
    byPlace.set(place, live);
    byHost.set(route.host, [...(byHost.get(route.host) ?? []), live]);
  }
  const internal = table.internal.map(({ release, deployment, backends }) => {
    const upstreams = backends.map((backend) => upstreamOf(backend, { release, deployment, internal: true }));
    const pool = { deployment, release, share: 1, upstreams, credit: 0, turn: 0 };
    return { prefix: "", pools: upstreams.length === 0 ? [] : [pool] };
  });
  return { hosts: routesByHost(table, byHost), internal, byPlace };
}

/** A host's own routes stand first, so that of equal prefixes they are found. */
function routesByHost(
  { hosts }: EnvironmentRoutes,
  byHost: ReadonlyMap<string | undefined, readonly LiveRoute[]>,
): ReadonlyMap<string, readonly LiveRoute[]> {
  const forAll = byHost.get(undefined) ?? [];
  const names = new Set([...hosts, ...[...byHost.keys()].filter((host) => host !== undefined)]);
  const entries = [...names].map((host) => {
    const routes = [...(byHost.get(host) ?? []), ...(hosts.includes(host) ? forAll : [])];
    return [host, routes.sort((one, other) => other.prefix.length - one.prefix.length)] as const;
  });
  return new Map(entries);
}

/** Instances of pools that get nothing are in force too: their connections and counts stay. */
function livePools(route: Route, upstreamOf: UpstreamOf, before: LiveRoute | undefined): readonly LivePool[] {
  const pools = route.pools.map((pool) => livePool(pool, upstreamOf, before));
  const served = pools.filter(({ share, upstreams }) => share > 0 && upstreams.length > 0);
  const shares = inParts(served.map(({ share }) => share));
  return served.map((pool, index) => ({ ...pool, share: shares[index] as number }));
}

function livePool(
  { deployment, release, share, backends }: Pool,
  upstreamOf: UpstreamOf,
  before?: LiveRoute,
): LivePool {
  const upstreams = backends.map((backend) => upstreamOf(backend, { release, deployment, internal: false }));
  const same = before?.pools.find((pool) => pool.deployment === deployment && pool.release === release);
  return { deployment, release, share, upstreams, credit: same?.credit ?? 0, turn: same?.turn ?? 0 };
}

const wholeShare = 1e9;

/** Shares of their sum as parts of `wholeShare`, none of them nothing. */
export function inParts(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => Math.max(1, Math.round((share / sum) * wholeShare)));
}

/** The route with the longest prefix that ends where a segment of the path ends. */
export function findRoute(routes: readonly LiveRoute[], path: string): LiveRoute | undefined {
  for (const route of routes) if (isPrefix(route.prefix, path)) return route;
  return undefined;
}

const slash = 0x2f;

function isPrefix(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || path.charCodeAt(prefix.length) === slash;
}
