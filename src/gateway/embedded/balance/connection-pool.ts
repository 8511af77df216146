import { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { InstanceSocket } from "./instance-socket.ts";
import type { Limits } from "./limits.ts";

interface PooledSocket extends Socket {
  /** When its last request was over, on the monotonic clock. */
  idleSince?: number;
}

/** A connection that was not accepted in time. Has the `syscall` of the system's own connection errors. */
class ConnectTimeout extends Error {
  readonly code = "ETIMEDOUT";
  readonly syscall = "connect";
}

/**
 * The keep-alive connections to one instance. The freshest is used first; one that was idle too long is closed
 * instead of used, because the instance may be closing it at the same moment.
 */
export class ConnectionPool extends Agent {
  readonly #host: string;
  readonly #port: number;
  readonly #limits: Limits;
  readonly #key: string;
  #announcedIdleMs = Number.POSITIVE_INFINITY;
  #retired = false;

  constructor(host: string, port: number, limits: Limits) {
    super({ keepAlive: true, scheduling: "lifo", maxFreeSockets: 512 });
    this.#host = host;
    this.#port = port;
    this.#limits = limits;
    this.#key = this.getName({ host, port });
  }

  /** What the instance announced in `Keep-Alive: timeout=…`; a second of it is left to the way there. */
  announce(keepAlive: string | undefined): void {
    const seconds = keepAlive === undefined ? undefined : /(?:^|[ ,])timeout=(\d{1,9})/i.exec(keepAlive)?.[1];
    if (seconds !== undefined) this.#announcedIdleMs = Math.max(0, Number(seconds) * 1_000 - 1_000);
  }

  /** To be called before each request: leaves only connections that the request may use. */
  prepare(isRepeatable: boolean): void {
    const idle = this.#idle();
    while (idle.at(-1)?.destroyed === true) idle.pop();
    const freshest = idle.at(-1);
    if (freshest === undefined) return;
    const limit = isRepeatable ? this.#limits.instanceIdleMs : this.#limits.recentMs;
    const age = performance.now() - (freshest.idleSince ?? 0);
    if (age >= Math.min(limit, this.#announcedIdleMs)) this.closeIdle();
  }

  /** Closes the connections that were idle longer than is of use. */
  sweep(now: number): void {
    const limit = Math.min(this.#limits.instanceIdleMs, this.#announcedIdleMs);
    for (const socket of [...this.#idle()]) if (now - (socket.idleSince ?? 0) >= limit) socket.destroy();
  }

  closeIdle(): void {
    for (const socket of [...this.#idle()]) socket.destroy();
  }

  /** From now on no connection is kept; those in use finish their request. */
  retire(): void {
    this.#retired = true;
    this.closeIdle();
  }

  override createConnection(): Duplex {
    const socket = new InstanceSocket().setNoDelay(true).setKeepAlive(true, 30_000);
    socket.connect({ host: this.#host, port: this.#port });
    // Node leaves a socket without a listener for the moment between two requests.
    socket.on("error", () => {});
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout("connect timed out")), this.#limits.connectMs);
    const settled = () => clearTimeout(timer);
    socket.once("connect", settled).once("close", settled);
    return socket;
  }

  /** Called by Node when a request is over. */
  override keepSocketAlive(socket: Duplex): boolean {
    (socket as PooledSocket).idleSince = performance.now();
    (socket as PooledSocket).unref();
    return !this.#retired;
  }

  #idle(): PooledSocket[] {
    return (this.freeSockets[this.#key] as PooledSocket[] | undefined) ?? [];
  }
}
