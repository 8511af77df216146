import { once } from "node:events";
import { createServer } from "node:net";

/** How long a port is kept for the process it was given to, until that one listens. */
const reservedMs = 60_000;
const attempts = 100;

/** Finds free ports on the loopback, never the same one twice in a short time. */
export class Ports {
  readonly #reserved = new Map<number, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A free port that is not one of `taken`; `undefined` when the system has none. */
  async pick(taken: ReadonlySet<number>): Promise<number | undefined> {
    const now = this.#now();
    for (const [port, until] of this.#reserved) if (until <= now) this.#reserved.delete(port);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const port = await freePort();
      if (port === undefined) return undefined;
      if (taken.has(port) || this.#reserved.has(port)) continue;
      this.#reserved.set(port, now + reservedMs);
      return port;
    }
    return undefined;
  }
}

/** A port that was free a moment ago: the system is asked for any, and gets it back. */
async function freePort(): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : undefined;
}
