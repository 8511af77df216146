import { ConnectionPool } from "../instance/connection-pool.ts";
import type { SocketAddress } from "../tables/address.ts";
import type { Limits } from "./limits.ts";
import type { Traffic } from "./traffic.ts";

/** One address of an instance, as the proxy sees it. */
export class Upstream {
  readonly traffic: Traffic;
  readonly connections: ConnectionPool;
  readonly #limits: Limits;
  #avoidUntil = 0;

  constructor(address: SocketAddress, traffic: Traffic, limits: Limits) {
    this.traffic = traffic;
    this.#limits = limits;
    this.connections = new ConnectionPool(address, limits);
  }

  /** It refused a connection: others are tried first for a while. */
  avoid(now: number): void {
    this.#avoidUntil = now + this.#limits.avoidMs;
  }

  answered(): void {
    this.#avoidUntil = 0;
  }

  isAvoided(now: number): boolean {
    return this.#avoidUntil > now;
  }
}
