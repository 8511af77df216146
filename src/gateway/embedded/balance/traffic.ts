import { type InstanceTraffic, latencyBoundsMs, type SubstituteAnswers } from "../../gateway.ts";

/** Whose requests are counted. */
export interface Counted {
  readonly environment: string;
  readonly instance: string;
  readonly release: string;
  readonly deployment: number;
  readonly internal: boolean;
}

/** What the requests to a backend are counted as, but for the instance. */
export type CountedAs = Pick<Counted, "release" | "deployment" | "internal">;

/** The counts of one instance. Whoever begins ends exactly once. */
export class Traffic {
  of: Counted;
  requests = 0;
  serverErrors = 0;
  connectErrors = 0;
  brokeOff = 0;
  underWay = 0;
  readonly #latency = new Float64Array(latencyBoundsMs.length + 1);
  /** By their text: there are about thirty. */
  readonly #substitutes = new Map<string, SubstituteAnswers>();
  /** Told when nothing is under way any more. */
  readonly #quiet: () => void;

  constructor(of: Counted, quiet: () => void) {
    this.of = of;
    this.#quiet = quiet;
  }

  begin(): void {
    this.requests += 1;
    this.underWay += 1;
  }

  /** The head of an answer came, so many milliseconds after the request was sent. */
  answered(tookMs: number): void {
    let bucket = 0;
    while (bucket < latencyBoundsMs.length && tookMs > (latencyBoundsMs[bucket] as number)) bucket += 1;
    (this.#latency[bucket] as number) += 1;
  }

  /** The gateway answered in the instance's place. */
  answeredFor(status: number, rule: string, at: number): void {
    const { environment, instance } = this.of;
    const times = (this.#substitutes.get(rule)?.times ?? 0) + 1;
    this.#substitutes.set(rule, { environment, instance, status, rule, times, lastAt: at });
  }

  get substitutes(): SubstituteAnswers[] {
    return [...this.#substitutes.values()];
  }

  end(): void {
    this.underWay -= 1;
    if (this.underWay === 0) this.#quiet();
  }

  snapshot(since: number): InstanceTraffic {
    const { requests, serverErrors, connectErrors, brokeOff, underWay } = this;
    const latency = Array.from(this.#latency);
    return { ...this.of, since, requests, serverErrors, connectErrors, brokeOff, underWay, latency };
  }
}
