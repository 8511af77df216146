import type { Backend, EnvironmentRoutes, Pool } from "../../gateway.ts";
import type { Limits } from "./limits.ts";
import { type LiveRoute, liveRoutes } from "./routing.ts";
import { TrafficBook } from "./traffic-book.ts";
import { Upstream } from "./upstream.ts";

/** Every instance in the tables in force; one that stays keeps its connections and counts. */
export class Upstreams {
  readonly traffic = new TrafficBook();
  readonly #limits: Limits;
  /** Per environment, by instance and address. */
  readonly #inForce = new Map<string, Map<string, Upstream>>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Puts an environment's instances in the place of those it had; these keep no connection any more. */
  replace(table: EnvironmentRoutes): readonly LiveRoute[] {
    const before = this.#inForce.get(table.environment) ?? new Map<string, Upstream>();
    const now = new Map<string, Upstream>();
    const upstreamOf = (pool: Pool, backend: Backend) => {
      const key = `${backend.instance}\0${backend.host}\0${backend.port}`;
      const upstream = now.get(key) ?? before.get(key) ?? this.#create(table.environment, pool.release, backend);
      upstream.traffic.release = pool.release;
      now.set(key, upstream);
      return upstream;
    };
    const routes = liveRoutes(table, upstreamOf);
    this.#inForce.set(table.environment, now);
    this.#retire(before, now);
    return routes;
  }

  remove(environment: string): void {
    const before = this.#inForce.get(environment) ?? new Map<string, Upstream>();
    this.#inForce.delete(environment);
    this.#retire(before, new Map());
  }

  /** To be called now and then: closes connections that were idle for too long. */
  sweep(now: number): void {
    for (const upstreams of this.#inForce.values())
      for (const upstream of upstreams.values()) upstream.connections.sweep(now);
  }

  #create(environment: string, release: string, backend: Backend): Upstream {
    const traffic = this.traffic.of(environment, backend.instance, release);
    return new Upstream(backend.host, backend.port, traffic, this.#limits);
  }

  #retire(before: ReadonlyMap<string, Upstream>, now: ReadonlyMap<string, Upstream>): void {
    for (const [key, upstream] of before) if (!now.has(key)) upstream.connections.retire();
    const inTables = [...this.#inForce.values()].flatMap((upstreams) => [...upstreams.values()]);
    this.traffic.forget(new Set(inTables.map((upstream) => upstream.traffic)));
  }
}
