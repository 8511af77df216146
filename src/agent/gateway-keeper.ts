import { setTimeout as wait } from "node:timers/promises";
import { failed, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import { embeddedGateway, startGateway } from "../gateway/embedded/client.ts";
import type { Applied, EnvironmentRoutes, Gateway, GatewayObservation } from "../gateway/gateway.ts";
import { isAlive, type ProcessIdentity } from "../process/identity.ts";
import { backoff, recoveredMs } from "../rollout/backoff.ts";

export interface GatewayPlace {
  readonly stateFolder: string;
  readonly controlSocketPath: string;
  readonly logFile: string;
}

const attempts = 3;
const lookEveryMs = 250;

/** The project's gateway process, started when it is needed and again when it dies. To its users a `Gateway`. */
export class GatewayKeeper implements Gateway {
  readonly #place: GatewayPlace;
  readonly #emit: Emit;
  readonly #now: () => number;
  readonly #client: ReturnType<typeof embeddedGateway>;
  #running: ProcessIdentity | undefined;
  #starting: Promise<Result<ProcessIdentity>> | undefined;
  /** Losses in a row, for the backoff. */
  #losses = 0;
  #lostAt = 0;
  #epoch = 0;

  constructor(place: GatewayPlace, emit: Emit, now: () => number) {
    this.#place = place;
    this.#emit = emit;
    this.#now = now;
    this.#client = embeddedGateway(place.controlSocketPath);
  }

  /** Grows with every process found or started: another one may know less than the one before. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Starts the process unless it runs. One that an earlier agent started is found by its socket. */
  async ensure(): Promise<Result<ProcessIdentity>> {
    if (this.#running !== undefined && isAlive(this.#running)) return { ok: true, value: this.#running };
    this.#starting ??= startGateway(this.#place);
    const starting = this.#starting;
    const started = await starting;
    if (this.#starting === starting) this.#starting = undefined;
    if (started.ok && started.value.started !== this.#running?.started) this.#epoch += 1;
    if (started.ok) this.#running = started.value;
    return started;
  }

  /** Looks after the process while `isNeeded`, until aborted. */
  async tend(isNeeded: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (isNeeded() && this.#running !== undefined && !isAlive(this.#running)) await this.#bringBack();
      await wait(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  apply(routes: EnvironmentRoutes): Promise<Result<Applied>> {
    return this.#persistently(() => this.#client.apply(routes));
  }

  remove(environment: string, token: number): Promise<Result<void>> {
    return this.#persistently(() => this.#client.remove(environment, token));
  }

  observe(): Promise<Result<GatewayObservation>> {
    return this.#client.observe();
  }

  drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
  ): Promise<Result<{ readonly left: number }>> {
    return this.#persistently(() => this.#client.drain(instances, limitMs, environment));
  }

  async stop(): Promise<void> {
    await this.#client.stop();
    this.#running = undefined;
  }

  /** A gateway that dies in the middle of a call is started again and asked again: its calls are idempotent. */
  async #persistently<T>(call: () => Promise<Result<T>>): Promise<Result<T>> {
    let last: Result<T> = failed({ code: "gateway-unreachable", message: "The gateway does not answer" });
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const running = await this.ensure();
      last = running.ok ? await call() : running;
      if (last.ok || last.failures.every((failure) => failure.code !== "gateway-unreachable")) return last;
      await wait(100);
    }
    return last;
  }

  async #bringBack(): Promise<void> {
    const now = this.#now();
    this.#losses = now - this.#lostAt > recoveredMs ? 1 : this.#losses + 1;
    this.#lostAt = now;
    // The first time at once: nothing is served until it is back.
    const restartInMs = this.#losses === 1 ? 0 : backoff(this.#losses - 1);
    this.#emit({ type: "gatewayLost", restartInMs });
    await wait(restartInMs);
    const started = await this.ensure();
    if (started.ok) this.#emit({ type: "gatewayStarted", address: this.#place.controlSocketPath });
  }
}
