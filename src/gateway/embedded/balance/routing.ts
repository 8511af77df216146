import type { Backend, EnvironmentRoutes, Pool, Route } from "../../gateway.ts";
import type { Upstream } from "./upstream.ts";

/** A route as requests use it: only what may be chosen, and whose turn it is. */
export interface LiveRoute {
  /** Without a slash at its end; the root is empty. */
  readonly prefix: string;
  readonly pools: readonly LivePool[];
}

export interface LivePool {
  readonly weight: number;
  readonly upstreams: readonly Upstream[];
  /** State of the smooth weighted choice. */
  credit: number;
  /** Where the search for the least busy one begins. */
  turn: number;
}

/** The routes of an environment, the longest prefix first. Pools that must get nothing are left out. */
export function liveRoutes(
  table: EnvironmentRoutes,
  upstreamOf: (pool: Pool, backend: Backend) => Upstream,
): readonly LiveRoute[] {
  const routes = table.routes.map((route) => liveRoute(route, upstreamOf));
  return routes.sort((one, other) => other.prefix.length - one.prefix.length);
}

function liveRoute(route: Route, upstreamOf: (pool: Pool, backend: Backend) => Upstream): LiveRoute {
  const pools = route.pools.map((pool) => ({
    weight: pool.weight,
    upstreams: pool.backends.map((backend) => upstreamOf(pool, backend)),
    credit: 0,
    turn: 0,
  }));
  const prefix = route.prefix.replace(/\/+$/, "");
  return { prefix, pools: pools.filter((pool) => pool.weight > 0 && pool.upstreams.length > 0) };
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
