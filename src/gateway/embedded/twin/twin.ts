import { setTimeout as wait } from "node:timers/promises";
import { ok, type Result } from "../../../errors/result.ts";
import { isAlive, type ProcessIdentity } from "../../../process/identity.ts";
import type { Applied, EnvironmentRoutes, GatewayObservation } from "../../gateway.ts";
import { callControl } from "../control/call.ts";
import { type GatewayProcess, startGateway } from "../start.ts";

const lookEveryMs = 250;
const answerMs = 10_000;
const longestPauseMs = 30_000;
/** One that lived as long is not dying again and again. */
const wellMs = 60_000;

/**
 * The second process of a gateway, as the first one sees it. It listens at the same addresses: what one of them loses when
 * it dies is what it had in its hands, and nobody is refused. It has its own table on disk, and serves that by itself also
 * while the first one is dead.
 *
 * It is started when it is not there, and told everything (`bring`) before it counts. One that is told something and does not
 * answer is ended: better one that knows than two that differ.
 */
export class Twin {
  readonly #place: GatewayProcess;
  /** Tells the one that has just come everything, through `apply` and `remove`; then, in the same turn, `counts`. */
  readonly #bring: () => Promise<Result<unknown>>;
  #identity: ProcessIdentity | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #counts = false;
  #lostAt = 0;
  #isOver = false;
  #losses = 0;
  #startedAt = 0;

  constructor(place: GatewayProcess, bring: () => Promise<Result<unknown>>) {
    this.#place = place;
    this.#bring = bring;
  }

  /** Looks after it until `leave`. Never rejects. */
  async tend(report: (text: string) => void): Promise<void> {
    while (!this.#isOver) {
      if (this.#identity === undefined || !isAlive(this.#identity)) await this.#start(report);
      else if (!this.#counts) await this.#join(report);
      await wait(lookEveryMs, undefined, { ref: false });
    }
  }

  /** It is not looked after any more. Resolves once none is being started: until then there is nobody to be ended. */
  async leave(): Promise<void> {
    this.#isOver = true;
    this.#counts = false;
    await this.#starting;
  }

  apply(routes: EnvironmentRoutes, ports: Applied["internal"]): Promise<Result<unknown>> {
    return this.#tell(() => callControl(this.#place.controlSocketPath, "apply", { routes, ports }, answerMs));
  }

  remove(environment: string, token: number): Promise<Result<unknown>> {
    return this.#tell(() => callControl(this.#place.controlSocketPath, "remove", { environment, token }, answerMs));
  }

  /** When counts were last lost with it, in milliseconds since 1970: sums from before are not comparable. */
  get lostAt(): number {
    return this.#lostAt;
  }

  /** `undefined`: it does not count now. */
  async observe(): Promise<GatewayObservation | undefined> {
    if (!this.#counts) return undefined;
    const observed = await callControl(this.#place.controlSocketPath, "observe", {}, answerMs);
    if (observed.ok) return observed.value;
    this.#lose();
    return undefined;
  }

  /** What is left under way there; nothing is when it dies. */
  async drain(instances: readonly string[], limitMs: number, environment: string | undefined): Promise<number> {
    if (this.#identity === undefined || !isAlive(this.#identity)) return 0;
    const call = { instances, limitMs, environment };
    const drained = await callControl(this.#place.controlSocketPath, "drain", call, limitMs + answerMs);
    return drained.ok ? drained.value.left : 0;
  }

  async #start(report: (text: string) => void): Promise<void> {
    this.#lose();
    const wasWell = performance.now() - this.#startedAt > wellMs;
    this.#losses = this.#identity === undefined || wasWell ? 0 : this.#losses + 1;
    if (this.#losses > 1) await wait(Math.min(longestPauseMs, 2 ** this.#losses * 100), undefined, { ref: false });
    if (this.#isOver) return;
    const starting = startGateway(this.#place);
    this.#starting = starting;
    const started = await starting;
    this.#startedAt = performance.now();
    if (!started.ok) {
      report(`the second process does not start: ${started.failures[0]?.cause ?? ""}`);
      await wait(longestPauseMs, undefined, { ref: false });
      return;
    }
    this.#identity = started.value;
    await this.#join(report);
  }

  async #join(report: (text: string) => void): Promise<void> {
    const brought = await this.#bring();
    this.#counts = brought.ok && !this.#isOver;
    if (brought.ok) return;
    report(`the second process does not keep up: ${brought.failures[0]?.message ?? ""}`);
    await wait(longestPauseMs, undefined, { ref: false });
  }

  #lose(): void {
    if (this.#counts) this.#lostAt = Date.now();
    this.#counts = false;
  }

  /** A success also when there is none, or it had to be ended. */
  async #tell(call: () => Promise<Result<unknown>>): Promise<Result<unknown>> {
    if (this.#identity === undefined || !isAlive(this.#identity)) return ok();
    const told = await call();
    if (told.ok || told.failures.every(({ code }) => code !== "gateway-unreachable")) return told;
    await this.#end(this.#identity);
    return ok();
  }

  async #end(identity: ProcessIdentity): Promise<void> {
    this.#lose();
    while (isAlive(identity)) {
      process.kill(identity.pid, "SIGKILL");
      await wait(20);
    }
  }
}
