import type { InstanceTraffic } from "../../gateway.ts";

/** The counts of one instance. Whoever begins ends exactly once. */
export class Traffic {
  readonly environment: string;
  readonly instance: string;
  release: string;
  requests = 0;
  serverErrors = 0;
  connectErrors = 0;
  underWay = 0;
  /** Told when nothing is under way any more. */
  readonly #quiet: () => void;

  constructor(environment: string, instance: string, release: string, quiet: () => void) {
    this.environment = environment;
    this.instance = instance;
    this.release = release;
    this.#quiet = quiet;
  }

  begin(): void {
    this.requests += 1;
    this.underWay += 1;
  }

  end(): void {
    this.underWay -= 1;
    if (this.underWay === 0) this.#quiet();
  }

  snapshot(): InstanceTraffic {
    const { environment, instance, release, requests, serverErrors, connectErrors, underWay } = this;
    return { environment, instance, release, requests, serverErrors, connectErrors, underWay };
  }
}
