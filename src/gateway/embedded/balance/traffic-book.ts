import type { InstanceTraffic, SubstituteAnswers } from "../../gateway.ts";
import { type Counted, Traffic } from "./traffic.ts";

/** How many instances without a place in any table are remembered. */
const retiredLimit = 500;

/** The counts of all instances in this process. */
export class TrafficBook {
  readonly #entries = new Map<string, Traffic>();
  readonly #waiting = new Set<() => void>();
  readonly #since: number;

  /** `since`: when the process began to count, in milliseconds since 1970. */
  constructor(since: number) {
    this.#since = since;
  }

  /** The counts of an instance; the same ones whenever it comes back. */
  of(counted: Counted): Traffic {
    const key = `${counted.internal}\0${counted.environment}\0${counted.instance}`;
    const known = this.#entries.get(key);
    const traffic = known ?? new Traffic(counted, () => this.#notify());
    traffic.of = counted;
    // The newest last, so that the oldest are forgotten first.
    this.#entries.delete(key);
    this.#entries.set(key, traffic);
    return traffic;
  }

  /** Forgets the oldest instances that are in no table and have nothing under way. */
  forget(inTables: ReadonlySet<Traffic>): void {
    const old = [...this.#entries].filter(([, traffic]) => !inTables.has(traffic) && traffic.underWay === 0);
    for (const [key] of old.slice(0, Math.max(0, old.length - retiredLimit))) this.#entries.delete(key);
  }

  snapshot(): InstanceTraffic[] {
    return [...this.#entries.values()].map((traffic) => traffic.snapshot(this.#since));
  }

  substitutes(): SubstituteAnswers[] {
    return [...this.#entries.values()].flatMap((traffic) => traffic.substitutes);
  }

  /** Requests under way at all instances that `chosen` says. */
  underWay(chosen: (traffic: Traffic) => boolean): number {
    let sum = 0;
    for (const traffic of this.#entries.values()) if (chosen(traffic)) sum += traffic.underWay;
    return sum;
  }

  /** Resolves with what is left under way at the chosen instances: 0, or more once the limit or the signal ends it. */
  async quiet(chosen: (traffic: Traffic) => boolean, limitMs: number, signal?: AbortSignal): Promise<number> {
    if (this.underWay(chosen) === 0) return 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.underWay(chosen) === 0) resolve();
    };
    const timer = setTimeout(resolve, limitMs);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    this.#waiting.add(look);
    await promise;
    this.#waiting.delete(look);
    clearTimeout(timer);
    return this.underWay(chosen);
  }

  #notify(): void {
    for (const look of this.#waiting) look();
  }
}
