import type { SocketAddress } from "../tables/address.ts";
import { type ConnectionLimits, InstanceConnection } from "./connection.ts";

const idleLimit = 512;

/**
 * The keep-alive connections to one instance. The freshest is used first; one that was idle too long is closed
 * instead of used, because the instance may be closing it at the same moment.
 */
export class ConnectionPool {
  readonly #address: SocketAddress;
  readonly #limits: ConnectionLimits;
  /** The freshest last. */
  readonly #idle: InstanceConnection[] = [];
  #announcedIdleMs = Number.POSITIVE_INFINITY;
  #announced = "";
  #retired = false;

  constructor(address: SocketAddress, limits: ConnectionLimits) {
    this.#address = address;
    this.#limits = limits;
  }

  /** What the instance announced in `Keep-Alive: timeout=…`; a second of it is left to the way there. */
  announce(keepAlive: string): void {
    if (keepAlive === this.#announced) return;
    this.#announced = keepAlive;
    const seconds = /(?:^|[ ,])timeout=(\d{1,9})/i.exec(keepAlive)?.[1];
    if (seconds !== undefined) this.#announcedIdleMs = Math.max(0, Number(seconds) * 1_000 - 1_000);
  }

  /** A connection that the request may use: one that was kept, or a new one. */
  take(isRepeatable: boolean): InstanceConnection {
    const freshest = this.#freshest(isRepeatable ? this.#limits.instanceIdleMs : this.#limits.recentMs);
    return freshest ?? new InstanceConnection(this.#address, this.#limits);
  }

  /** The request is over, the answer whole: the connection is kept, if it is of any use. */
  give(connection: InstanceConnection): void {
    if (this.#retired || this.#idle.length >= idleLimit || connection.isOver) {
      connection.destroy();
      return;
    }
    connection.onIdleOver ??= () => this.#forget(connection);
    connection.rest(performance.now());
    this.#idle.push(connection);
  }

  /** Closes the connections that were idle longer than is of use. */
  sweep(now: number): void {
    const limit = Math.min(this.#limits.instanceIdleMs, this.#announcedIdleMs);
    const fresh = this.#idle.findIndex(({ idleSince }) => now - idleSince < limit);
    for (const connection of this.#idle.splice(0, fresh < 0 ? this.#idle.length : fresh)) connection.destroy();
  }

  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** From now on no connection is kept; those in use finish their request. */
  retire(): void {
    this.#retired = true;
    this.closeIdle();
  }

  /** None that was idle for so long: when the freshest was, all were. */
  #freshest(limitMs: number): InstanceConnection | undefined {
    let freshest = this.#idle.pop();
    while (freshest?.isOver === true) freshest = this.#idle.pop();
    if (freshest === undefined) return undefined;
    if (performance.now() - freshest.idleSince < Math.min(limitMs, this.#announcedIdleMs)) return freshest;
    freshest.destroy();
    this.closeIdle();
    return undefined;
  }

  #forget(connection: InstanceConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}
