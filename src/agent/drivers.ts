import type { Driver } from "../drivers/driver.ts";
import type { DriverPlace, DriverSpec } from "../drivers/driver-kind.ts";
import type { KeyedDigest } from "../drivers/place.ts";
import { localSpec, openDriver } from "../drivers/registry.ts";
import { type ByDeployment, severalDrivers } from "../drivers/several.ts";
import { type DeploymentSpec, driverOf, specOf } from "../environment/spec.ts";
import { ok, type Result } from "../errors/result.ts";
import type { Store } from "../store/store.ts";

/** The drivers of one project, each opened once, when it is first needed. */
export class Drivers {
  readonly #place: DriverPlace;
  readonly #opened = new Map<string, Promise<Result<Driver>>>();
  readonly #onOpen: (driver: Driver) => void;

  /** `onOpen` is told of each that was opened. */
  constructor(place: DriverPlace, onOpen: (driver: Driver) => void = () => {}) {
    this.#place = place;
    this.#onOpen = onOpen;
  }

  /** Fails with `state-newer` when this version has no such driver. */
  open(spec: DriverSpec): Promise<Result<Driver>> {
    const key = JSON.stringify(Object.entries(spec).sort(([one], [other]) => (one < other ? -1 : 1)));
    const opened = this.#opened.get(key) ?? openDriver(spec, this.#place).then((driver) => this.#noted(driver));
    this.#opened.set(key, opened);
    return opened;
  }

  #noted(driver: Result<Driver>): Result<Driver> {
    if (driver.ok) this.#onOpen(driver.value);
    return driver;
  }
}

/** How far back is looked for drivers that an environment may have something at. */
const lookedAt = 40;

/**
 * One environment's driver. It has several while it moves from one to another: what earlier deployments left is where they
 * went. The `local` one is always among them, so that what a lost store has left running is found.
 */
export function environmentDriver(
  drivers: Drivers,
  store: Pick<Store, "deployments">,
  environment: string,
  specOfDeployment: (deployment: number) => Promise<DeploymentSpec | undefined>,
): Driver {
  return severalDrivers(new DriversOf(drivers, store, environment, specOfDeployment));
}

/** Who only looks at what runs, and starts nothing. `digest`: needed to look into processes. */
export function observer(
  stateFolder: string,
  store: Pick<Store, "deployments">,
  digest?: KeyedDigest,
): Pick<Driver, "observe" | "verify" | "inspect" | "beside"> {
  const drivers = new Drivers({ stateFolder, ...(digest && { digest }) });
  const driverOf = (environment: string) => environmentDriver(drivers, store, environment, async () => undefined);
  return {
    observe: (environment) => driverOf(environment).observe(environment),
    inspect: (environment) => driverOf(environment).inspect(environment),
    beside: (environment) => driverOf(environment).beside(environment),
    verify: (environment, release) => driverOf(environment).verify(environment, release),
  };
}

class DriversOf implements ByDeployment {
  readonly #drivers: Drivers;
  readonly #store: Pick<Store, "deployments">;
  readonly #environment: string;
  readonly #specOf: (deployment: number) => Promise<DeploymentSpec | undefined>;
  /** Digests of the releases that went to a driver. */
  readonly #met = new Map<Driver, Set<string>>();
  #read: Promise<Result<void>> | undefined;

  constructor(
    drivers: Drivers,
    store: Pick<Store, "deployments">,
    environment: string,
    specOfDeployment: (deployment: number) => Promise<DeploymentSpec | undefined>,
  ) {
    this.#drivers = drivers;
    this.#store = store;
    this.#environment = environment;
    this.#specOf = specOfDeployment;
  }

  async of(deployment: number): Promise<Result<Driver>> {
    const spec = await this.#specOf(deployment);
    return this.#meet(spec === undefined ? localSpec : driverOf(spec), spec?.release);
  }

  async all(): Promise<Result<readonly Driver[]>> {
    this.#read ??= this.#readStore();
    const read = await this.#read;
    if (!read.ok) this.#read = undefined;
    return read.ok ? ok([...this.#met.keys()]) : read;
  }

  async withRelease(release: string): Promise<Result<readonly Driver[]>> {
    const isKnown = [...this.#met.values()].some((releases) => releases.has(release));
    // A deployment may have been created since.
    if (!isKnown) this.#read = undefined;
    const all = await this.all();
    return all.ok ? ok(all.value.filter((driver) => this.#met.get(driver)?.has(release))) : all;
  }

  /** What is not understood is told by who needs it. */
  async #readStore(): Promise<Result<void>> {
    const local = await this.#meet(localSpec, undefined);
    if (!local.ok) return local;
    const deployments = await this.#store.deployments({ environment: this.#environment, limit: lookedAt });
    if (!deployments.ok) return deployments;
    for (const record of deployments.value) {
      const spec = specOf(record);
      const met = spec.ok ? await this.#meet(driverOf(spec.value), spec.value.release) : spec;
      if (!met.ok && spec.ok) return met;
    }
    return ok();
  }

  async #meet(spec: DriverSpec, release: string | undefined): Promise<Result<Driver>> {
    const driver = await this.#drivers.open(spec);
    if (!driver.ok) return driver;
    const releases = this.#met.get(driver.value) ?? new Set();
    this.#met.set(driver.value, release === undefined ? releases : releases.add(release));
    return driver;
  }
}
