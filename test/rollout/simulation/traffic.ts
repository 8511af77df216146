import { type EnvironmentRoutes, type InstanceTraffic, latencyBoundsMs } from "../../../src/gateway/gateway.ts";

interface Counts {
  readonly deployment: number;
  /** With the part of a request that is under way, so to say. */
  requests: number;
}

/** Public requests, which come evenly, and what the gateway counts of them. */
export class Traffic {
  readonly #perMs: number;
  /** Of the new release; what serves fails nothing. */
  readonly #failing: number;
  #counts = new Map<string, Counts>();
  #since = 0;
  #seenAt = 0;

  constructor({ perSecond, failing }: { readonly perSecond: number; readonly failing: number }) {
    this.#perMs = perSecond / 1000;
    this.#failing = failing;
  }

  /** What has come until now, while the table was in force. */
  pass(table: EnvironmentRoutes | undefined, now: number): void {
    const came = (now - this.#seenAt) * this.#perMs;
    this.#seenAt = now;
    for (const { pools } of table?.routes.slice(0, 1) ?? [])
      for (const { share, backends, deployment } of pools)
        for (const { instance } of backends) {
          const counts = this.#counts.get(instance) ?? { deployment, requests: 0 };
          counts.requests += (came * share) / backends.length;
          this.#counts.set(instance, counts);
        }
  }

  /** Another process of the gateway counts from nothing. */
  restart(now: number): void {
    this.#counts = new Map();
    this.#since = now;
  }

  counted(): InstanceTraffic[] {
    return [...this.#counts].map(([instance, { deployment, requests: all }]) => {
      const requests = Math.floor(all);
      const serverErrors = deployment === 2 ? Math.floor(requests * this.#failing) : 0;
      const fast = latencyBoundsMs.map((bound) => (bound === 5 ? requests : 0));
      return {
        ...{ environment: "staging", instance, release: `r${deployment}`, deployment, internal: false },
        ...{ since: this.#since, requests, serverErrors, connectErrors: 0, brokeOff: 0, underWay: 0 },
        latency: [...fast, 0],
      };
    });
  }
}
