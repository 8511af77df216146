import { setTimeout as wait } from "node:timers/promises";
import { TurnTaker } from "../concurrency/turn-taker.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import {
  type Capabilities,
  type Deviation,
  type Driver,
  defaultCapabilities,
  type FollowOptions,
  type Instance,
  type InstanceSpec,
  type JobSpec,
  type NaiveDriver,
} from "./driver.ts";
import type { BesideLook, Inspection } from "./inspection.ts";
import { digestFailure, nameFailure } from "./names.ts";
import type { ReleaseContent } from "./release-content.ts";

/** How often an environment is looked at where nobody tells of changes. */
const lookEveryMs = 250;

/**
 * What every driver is used through. It refuses what is no name before it becomes a path or a label; lets what concerns one
 * instance, one job or one release happen one after the other; prepares a release anew that turns out not to be as it was when
 * something is to be started from it; looks where a driver does not tell of changes; and counts restarts where it does not.
 */
export function careful(driver: NaiveDriver): Driver {
  return new CarefulDriver(driver);
}

class CarefulDriver implements Driver {
  readonly #driver: NaiveDriver;
  #capabilities: Capabilities | undefined;
  readonly #turns = new TurnTaker();
  /** By environment and digest: what a release is made of, once somebody prepared it. */
  readonly #contents = new Map<string, ReleaseContent>();
  readonly #seen = new Map<string, { readonly startedAt: number; readonly restarts: number }>();

  constructor(driver: NaiveDriver) {
    this.#driver = driver;
  }

  /** Found out when somebody asks: a driver may have to try what it can do. */
  get capabilities(): Capabilities {
    this.#capabilities ??= { ...defaultCapabilities, ...this.#driver.capabilities };
    return this.#capabilities;
  }

  prepare(environment: string, release: ReleaseContent, token: number) {
    const { digest } = release;
    return this.#alone([environment], digest, `release ${environment}`, async () => {
      const prepared = await this.#driver.prepare(environment, release, token);
      if (prepared.ok) this.#contents.set(`${environment} ${digest}`, release);
      return prepared;
    });
  }

  forget(environment: string, release: string, token: number) {
    return this.#alone([environment], release, `release ${environment}`, () => {
      this.#contents.delete(`${environment} ${release}`);
      return this.#driver.forget(environment, release, token);
    });
  }

  destroyData(environment: string, token: number) {
    return this.#alone([environment], undefined, `release ${environment}`, () => {
      for (const key of this.#contents.keys()) if (key.startsWith(`${environment} `)) this.#contents.delete(key);
      return this.#driver.destroyData(environment, token);
    });
  }

  verify(environment: string, release: ReleaseContent): Promise<Result<Deviation | undefined>> {
    return this.#alone([environment], release.digest, `release ${environment}`, async () =>
      this.#driver.verify === undefined ? ok(undefined) : this.#driver.verify(environment, release),
    );
  }

  async inspect(environment: string): Promise<Result<readonly Inspection[]>> {
    const wrong = nameFailure(environment);
    if (wrong !== undefined) return failed(wrong);
    return this.#driver.inspect === undefined ? ok([]) : this.#driver.inspect(environment);
  }

  async beside(environment: string): Promise<Result<BesideLook>> {
    const wrong = nameFailure(environment);
    if (wrong !== undefined) return failed(wrong);
    return this.#driver.beside === undefined ? ok({ found: [], unseen: "driver" }) : this.#driver.beside(environment);
  }

  async tend(report: (problem: unknown) => void, signal: AbortSignal): Promise<void> {
    await this.#driver.tend?.(report, signal);
  }

  start(spec: InstanceSpec, token: number) {
    return this.#started(spec, token, "instance", () => this.#driver.start(spec, token));
  }

  startJob(spec: JobSpec, token: number) {
    return this.#started(spec, token, "job", () => this.#driver.startJob(spec, token));
  }

  stop(environment: string, id: string, graceMs: number, token: number) {
    const stop = () => this.#driver.stop(environment, id, graceMs, token);
    return this.#alone([environment, id], undefined, `instance ${environment}/${id}`, stop);
  }

  stopJob(environment: string, id: string, graceMs: number, token: number) {
    const stop = () => this.#driver.stopJob(environment, id, graceMs, token);
    return this.#alone([environment, id], undefined, `job ${environment}/${id}`, stop);
  }

  /** Both queues: the id may be an instance's, a job's, or both. */
  remove(environment: string, id: string, token: number) {
    return this.#alone([environment, id], undefined, `instance ${environment}/${id}`, () =>
      this.#turns.take(`job ${environment}/${id}`, () => {
        this.#seen.delete(`${environment}/${id}`);
        return this.#driver.remove(environment, id, token);
      }),
    );
  }

  async observe(environment: string): Promise<Result<readonly Instance[]>> {
    const wrong = nameFailure(environment);
    if (wrong !== undefined) return failed(wrong);
    const observed = await this.#driver.observe(environment);
    const isCounted = this.capabilities.restarts && !this.capabilities.counts;
    return observed.ok && isCounted
      ? { ...observed, value: observed.value.map((one) => this.#counted(one)) }
      : observed;
  }

  async observeJob(environment: string, id: string) {
    const wrong = nameFailure(environment, id);
    return wrong === undefined ? this.#driver.observeJob(environment, id) : failed(wrong);
  }

  async *follow(environment: string, id: string, options: FollowOptions): AsyncGenerator<Uint8Array> {
    if (nameFailure(environment, id) === undefined) yield* this.#driver.follow(environment, id, options);
  }

  async *watch(environment: string, signal: AbortSignal): AsyncGenerator<void> {
    if (nameFailure(environment) !== undefined) return;
    if (this.#driver.watch !== undefined) return yield* this.#driver.watch(environment, signal);
    while (!signal.aborted) {
      yield;
      await wait(lookEveryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** A release that is not as it was is prepared again, if it is known what it is made of. */
  async #started<T>(
    { environment, id, release }: InstanceSpec | JobSpec,
    token: number,
    kind: string,
    start: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#alone([environment, id], release, `${kind} ${environment}/${id}`, async () => {
      const started = await start();
      const content = this.#contents.get(`${environment} ${release}`);
      if (started.ok || content === undefined || !started.failures.some(isDamaged)) return started;
      const prepared = await this.prepare(environment, content, token);
      return prepared.ok ? start() : prepared;
    });
  }

  async #alone<T>(
    names: readonly string[],
    release: string | undefined,
    queue: string,
    work: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const wrong = nameFailure(...names) ?? (release === undefined ? undefined : digestFailure(release));
    return wrong === undefined ? this.#turns.take(queue, work) : failed(wrong);
  }

  /** One that runs and began later than when it was seen last was brought back in between. */
  #counted(instance: Instance): Instance {
    const key = `${instance.environment}/${instance.id}`;
    const seen = this.#seen.get(key);
    const isBack = seen !== undefined && instance.startedAt > seen.startedAt;
    const restarts = (seen?.restarts ?? 0) + (isBack ? 1 : 0);
    this.#seen.set(key, { startedAt: instance.startedAt, restarts });
    return { ...instance, restarts };
  }
}

function isDamaged({ code }: Failure): boolean {
  return code === "release-damaged";
}
