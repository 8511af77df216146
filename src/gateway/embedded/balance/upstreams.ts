import type { Backend, EnvironmentRoutes } from "../../gateway.ts";
import { readAddress } from "../tables/address.ts";
import type { Limits } from "./limits.ts";
import { type LiveTable, liveTable } from "./routing.ts";
import type { Counted, CountedAs } from "./traffic.ts";
import { TrafficBook } from "./traffic-book.ts";
import { Upstream } from "./upstream.ts";

interface InForce {
  /** By instance and address; those of internal routes apart. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly live: LiveTable;
}

/** Every instance in the tables in force; one that stays keeps its connections and counts. */
export class Upstreams {
  readonly traffic: TrafficBook;
  readonly #limits: Limits;
  readonly #inForce = new Map<string, InForce>();

  constructor(limits: Limits, since: number) {
    this.#limits = limits;
    this.traffic = new TrafficBook(since);
  }

  /** Puts an environment's instances in the place of those it had; these keep no connection any more. */
  replace(table: EnvironmentRoutes): LiveTable {
    const before = this.#inForce.get(table.environment);
    const now = new Map<string, Upstream>();
    const upstreamOf = (backend: Backend, as: CountedAs) => {
      const key = `${as.internal}\0${backend.instance}\0${backend.address}`;
      const counted = { environment: table.environment, instance: backend.instance, ...as };
      const upstream = now.get(key) ?? before?.upstreams.get(key) ?? this.#create(backend, counted);
      upstream.traffic.of = counted;
      now.set(key, upstream);
      return upstream;
    };
    const live = liveTable(table, upstreamOf, before?.live);
    this.#inForce.set(table.environment, { upstreams: now, live });
    this.#retire(before);
    return live;
  }

  remove(environment: string): void {
    const before = this.#inForce.get(environment);
    this.#inForce.delete(environment);
    this.#retire(before);
  }

  /** To be called now and then: closes connections that were idle for too long. */
  sweep(now: number): void {
    for (const { upstreams } of this.#inForce.values())
      for (const upstream of upstreams.values()) upstream.connections.sweep(now);
  }

  #create(backend: Backend, counted: Counted): Upstream {
    const address = readAddress(backend.address);
    if (address === undefined) throw new Error(`not an address: ${backend.address}`);
    return new Upstream(address, this.traffic.of(counted), this.#limits);
  }

  #retire(before: InForce | undefined): void {
    const inTables = new Set([...this.#inForce.values()].flatMap(({ upstreams }) => [...upstreams.values()]));
    for (const upstream of before?.upstreams.values() ?? []) if (!inTables.has(upstream)) upstream.connections.retire();
    this.traffic.forget(new Set([...inTables].map((upstream) => upstream.traffic)));
  }
}
