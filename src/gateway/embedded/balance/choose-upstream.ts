import type { LivePool, LiveRoute } from "./routing.ts";
import type { Upstream } from "./upstream.ts";

/**
 * The instance that gets the next request of a route: a pool by its share, in it the least busy instance, in turn among
 * equals. Instances that refused connections lately come last, whatever their pool; those in `tried` not at all.
 */
export function chooseUpstream(
  route: LiveRoute,
  tried: ReadonlySet<Upstream> | undefined,
  now: number,
): Upstream | undefined {
  return chooseAmong(route, tried, now) ?? chooseAmong(route, tried, Number.POSITIVE_INFINITY);
}

function chooseAmong(route: LiveRoute, tried: ReadonlySet<Upstream> | undefined, now: number): Upstream | undefined {
  const pool = choosePool(route.pools, tried, now);
  return pool === undefined ? undefined : leastBusy(pool, tried, now);
}

/**
 * Smooth weighted choice, as nginx does it: each pool earns its share, the richest is chosen and pays the sum.
 * Shares 5, 1, 1 give a a b a c a a, not a a a a a b c. With two pools any n requests in a row are shared out exactly,
 * rounded up or down (their credits walk round a circle); with more no order can do that, and this one stays within two.
 */
function choosePool(
  pools: readonly LivePool[],
  tried: ReadonlySet<Upstream> | undefined,
  now: number,
): LivePool | undefined {
  if (pools.length === 1) return pools[0];
  let chosen: LivePool | undefined;
  let sum = 0;
  for (const pool of pools) {
    if (!hasUsable(pool, tried, now)) continue;
    pool.credit += pool.share;
    sum += pool.share;
    if (chosen === undefined || pool.credit > chosen.credit) chosen = pool;
  }
  if (chosen !== undefined) chosen.credit -= sum;
  return chosen;
}

function hasUsable(pool: LivePool, tried: ReadonlySet<Upstream> | undefined, now: number): boolean {
  for (const upstream of pool.upstreams) if (isUsable(upstream, tried, now)) return true;
  return false;
}

function leastBusy(pool: LivePool, tried: ReadonlySet<Upstream> | undefined, now: number): Upstream | undefined {
  const { upstreams } = pool;
  const first = pool.turn % upstreams.length;
  pool.turn = (first + 1) % upstreams.length;
  let chosen: Upstream | undefined;
  for (let step = 0; step < upstreams.length; step += 1) {
    const upstream = upstreams[(first + step) % upstreams.length] as Upstream;
    if (!isUsable(upstream, tried, now)) continue;
    if (chosen === undefined || upstream.traffic.underWay < chosen.traffic.underWay) chosen = upstream;
  }
  return chosen;
}

function isUsable(upstream: Upstream, tried: ReadonlySet<Upstream> | undefined, now: number): boolean {
  return !upstream.isAvoided(now) && tried?.has(upstream) !== true;
}
