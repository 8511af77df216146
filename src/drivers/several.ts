import { setTimeout as wait } from "node:timers/promises";
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
  type Stopped,
} from "./driver.ts";
import type { BesideLook, Inspection } from "./inspection.ts";
import type { ReleaseContent } from "./release-content.ts";

/** Which of several drivers something is at. */
export interface ByDeployment {
  /** The one that a deployment goes to. */
  of(deployment: number): Promise<Result<Driver>>;
  /** All that may have something of the environment. */
  all(): Promise<Result<readonly Driver[]>>;
  /** Those that a deployment of the release went to. */
  withRelease(release: string): Promise<Result<readonly Driver[]>>;
}

const lookEveryMs = 250;

/**
 * One driver that is several: what is started goes to the one of its deployment, everything else to whichever has it. What
 * all of them can is what it can.
 */
export function severalDrivers(drivers: ByDeployment): Driver {
  return new SeveralDrivers(drivers);
}

class SeveralDrivers implements Driver {
  readonly capabilities: Capabilities = defaultCapabilities;
  readonly #drivers: ByDeployment;

  constructor(drivers: ByDeployment) {
    this.#drivers = drivers;
  }

  async prepare(environment: string, release: ReleaseContent, token: number): Promise<Result<void>> {
    const drivers = await this.#drivers.withRelease(release.digest);
    return each(drivers, (driver) => driver.prepare(environment, release, token));
  }

  async forget(environment: string, release: string, token: number): Promise<Result<void>> {
    return each(await this.#drivers.all(), (driver) => driver.forget(environment, release, token));
  }

  async destroyData(environment: string, token: number): Promise<Result<void>> {
    return each(await this.#drivers.all(), (driver) => driver.destroyData(environment, token));
  }

  async verify(environment: string, release: ReleaseContent): Promise<Result<Deviation | undefined>> {
    const drivers = await this.#drivers.all();
    return first(drivers, (driver) => driver.verify(environment, release));
  }

  async start(spec: InstanceSpec, token: number) {
    const driver = await this.#drivers.of(spec.deployment);
    return driver.ok ? driver.value.start(spec, token) : driver;
  }

  async startJob(spec: JobSpec, token: number) {
    const driver = await this.#drivers.of(spec.deployment);
    return driver.ok ? driver.value.startJob(spec, token) : driver;
  }

  async stop(environment: string, id: string, graceMs: number, token: number): Promise<Result<Stopped>> {
    return stopped(await this.#drivers.all(), (driver) => driver.stop(environment, id, graceMs, token));
  }

  async stopJob(environment: string, id: string, graceMs: number, token: number): Promise<Result<Stopped>> {
    return stopped(await this.#drivers.all(), (driver) => driver.stopJob(environment, id, graceMs, token));
  }

  async observe(environment: string): Promise<Result<readonly Instance[]>> {
    const drivers = await this.#drivers.all();
    if (!drivers.ok) return drivers;
    const observed = await Promise.all(drivers.value.map((driver) => driver.observe(environment)));
    const failures = observed.flatMap((one) => (one.ok ? [] : one.failures));
    return failures.length > 0 ? failed(...failures) : ok(observed.flatMap((one) => (one.ok ? one.value : [])));
  }

  async inspect(environment: string): Promise<Result<readonly Inspection[]>> {
    const drivers = await this.#drivers.all();
    if (!drivers.ok) return drivers;
    const inspected = await Promise.all(drivers.value.map((driver) => driver.inspect(environment)));
    const failures = inspected.flatMap((one) => (one.ok ? [] : one.failures));
    return failures.length > 0 ? failed(...failures) : ok(inspected.flatMap((one) => (one.ok ? one.value : [])));
  }

  async beside(environment: string): Promise<Result<BesideLook>> {
    const drivers = await this.#drivers.all();
    if (!drivers.ok) return drivers;
    const looks = await Promise.all(drivers.value.map((driver) => driver.beside(environment)));
    const failures = looks.flatMap((one) => (one.ok ? [] : one.failures));
    if (failures.length > 0) return failed(...failures);
    const seen = looks.flatMap((one) => (one.ok ? [one.value] : []));
    const unseen = seen.map((one) => one.unseen).find((one) => one !== undefined);
    return ok({ found: seen.flatMap(({ found }) => found), ...(unseen && { unseen }) });
  }

  async observeJob(environment: string, id: string) {
    return first(await this.#drivers.all(), (driver) => driver.observeJob(environment, id));
  }

  async remove(environment: string, id: string, token: number): Promise<Result<void>> {
    return each(await this.#drivers.all(), (driver) => driver.remove(environment, id, token));
  }

  async *follow(environment: string, id: string, options: FollowOptions): AsyncGenerator<Uint8Array> {
    const drivers = await this.#drivers.all();
    if (!drivers.ok) return;
    const holder = drivers.value.length > 1 ? await this.#holder(drivers.value, environment, id) : drivers.value[0];
    if (holder !== undefined) yield* holder.follow(environment, id, options);
  }

  async *watch(environment: string, signal: AbortSignal): AsyncGenerator<void> {
    const drivers = await this.#drivers.all();
    if (drivers.ok && drivers.value.length === 1) return yield* drivers.value[0]!.watch(environment, signal);
    while (!signal.aborted) {
      yield;
      await wait(lookEveryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Each is tended by who opened it. */
  async tend(): Promise<void> {}

  async #holder(drivers: readonly Driver[], environment: string, id: string): Promise<Driver | undefined> {
    for (const driver of drivers) {
      const [instances, job] = [await driver.observe(environment), await driver.observeJob(environment, id)];
      if (instances.ok && instances.value.some((instance) => instance.id === id)) return driver;
      if (job.ok && job.value !== undefined) return driver;
    }
    return undefined;
  }
}

async function each(
  drivers: Result<readonly Driver[]>,
  work: (driver: Driver) => Promise<Result<void>>,
): Promise<Result<void>> {
  if (!drivers.ok) return drivers;
  const results = await Promise.all(drivers.value.map(work));
  const failures = results.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length === 0 ? ok() : failed(...failures);
}

/** The first that is there. */
async function first<T>(
  drivers: Result<readonly Driver[]>,
  look: (driver: Driver) => Promise<Result<T | undefined>>,
): Promise<Result<T | undefined>> {
  if (!drivers.ok) return drivers;
  for (const driver of drivers.value) {
    const found = await look(driver);
    if (!found.ok || found.value !== undefined) return found;
  }
  return ok(undefined);
}

/** Only one can have had it. */
async function stopped(
  drivers: Result<readonly Driver[]>,
  stop: (driver: Driver) => Promise<Result<Stopped>>,
): Promise<Result<Stopped>> {
  if (!drivers.ok) return drivers;
  const results = await Promise.all(drivers.value.map(stop));
  const failures = results.flatMap((one) => (one.ok ? [] : one.failures));
  if (failures.length > 0) return failed(...failures);
  const ends = results.map((one) => (one.ok ? one.value : "gone"));
  return ok(ends.includes("killed") ? "killed" : ends.includes("asked") ? "asked" : "gone");
}
