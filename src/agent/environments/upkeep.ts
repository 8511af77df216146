import { fleetOf } from "../../environment/spec.ts";
import type { FailureCode } from "../../errors/codes.ts";
import { both, failed, ok, type Result } from "../../errors/result.ts";
import type { EnvironmentRecord } from "../../store/store.ts";
import type { Fleet } from "../../strategies/fleet.ts";
import { adoptFleet } from "./adopt-fleet.ts";
import { runningMembers } from "./clear-away.ts";
import type { Deployments } from "./deployments.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { secretsOf } from "./processes-of.ts";

/** Why an environment stands still. */
const notUnderstood: ReadonlySet<FailureCode> = new Set(["state-newer", "state-damaged"]);

/**
 * What should run of one environment runs, and nothing else: takes over what an earlier agent left, lets it run again, ends it.
 * Only by whose turn it is, but for `standsStill`.
 */
export class Upkeep {
  readonly #hands: EnvironmentHands;
  readonly #known: KnownDeployments;
  readonly #deployments: Deployments;
  /** What is recorded of it is not understood. Whatever runs there goes on; nothing is started, routed or closed. */
  standsStill = false;

  constructor(hands: EnvironmentHands, known: KnownDeployments, deployments: Deployments) {
    this.#hands = hands;
    this.#known = known;
    this.#deployments = deployments;
  }

  /** Takes over what the last agent left: the fleet, or a deployment that it did not finish, which is driven to its end. */
  async recover(): Promise<Result<void>> {
    const restored = await this.#recoverResources();
    const resumed = both(restored, await this.resumeInterrupted(false));
    if (!resumed.ok && this.standsStill) return resumed;
    const read = await this.#record();
    if (!read.ok) return both(resumed, read);
    const record = read.value;
    const toAdopt = this.#hands.keeper.members.length === 0 && record?.serving !== undefined && !record.stopped;
    const adopted = toAdopt ? await this.#adopt(record) : ok();
    return both(resumed, adopted);
  }

  /** A deployment that could not go on (a full disk) is finished first; what was stopped runs again. */
  async wake(): Promise<Result<void>> {
    const resumed = await this.resumeInterrupted();
    if (!resumed.ok) return resumed;
    const { world, lease, keeper } = this.#hands;
    const read = await this.#record();
    if (!read.ok) return read;
    const record = read.value;
    if (keeper.members.length > 0 || record === undefined) return ok();
    const known = await this.#understand(record);
    if (!known.ok) return known;
    const written = record.stopped ? await world.store.setStopped(lease, false) : ok();
    return written.ok ? this.#adopt(record) : written;
  }

  /** Lets what was deployed run (again); fails when some of it does not come up, which is tried again all the same. */
  async start(): Promise<Result<void>> {
    const ready = await this.wake();
    if (!ready.ok) return ready;
    const { keeper, lease, tell } = this.#hands;
    if (keeper.members.length > 0) tell({ type: "environmentStarted", environment: lease.environment });
    return this.#settled();
  }

  /** Looks after everything that should run again; fails with what does not come up, which is tried again all the same. */
  async bringBack(): Promise<Result<void>> {
    const read = await this.#record();
    if (!read.ok) return read;
    const adopted = read.value === undefined ? ok() : await this.#adopt(read.value);
    return adopted.ok ? this.#settled() : adopted;
  }

  /** Ends its instances and its routes; what was deployed is remembered. */
  async stop(): Promise<Result<void>> {
    const { world, lease, keeper, tell } = this.#hands;
    const read = await this.#record();
    if (!read.ok) return read;
    const record = read.value;
    const running = await runningMembers(this.#hands);
    if (!running.ok) return running;
    const written = await world.store.setStopped(lease, record?.serving !== undefined);
    if (!written.ok) return written;
    const isKnown = record?.serving !== undefined || running.value.length > 0;
    const left = isKnown ? await keeper.leave() : ok();
    const stopped = await keeper.stop(running.value);
    if (isKnown) tell({ type: "environmentStopped", environment: lease.environment });
    return both(left, stopped);
  }

  /** A deployment that somebody was killed in is driven to its end. `isInTurn`: somebody waits for that, and does not wait for a person. */
  async resumeInterrupted(isInTurn = true): Promise<Result<void>> {
    const interrupted = await this.#deployments.interrupted();
    if (!interrupted.ok) return interrupted;
    const resumed =
      interrupted.value === undefined ? ok() : await this.#deployments.resume(interrupted.value, isInTurn);
    this.standsStill = !resumed.ok && resumed.failures.some(({ code }) => notUnderstood.has(code));
    return resumed;
  }

  /**
   * What an earlier agent began with resources is finished, before anything that uses them is started; the secrets for that are
   * those of what serves.
   */
  async #recoverResources(): Promise<Result<void>> {
    const { world, resources } = this.#hands;
    const record = await this.#record();
    if (!record.ok) return record;
    const serving = record.value?.serving;
    const spec = serving === undefined ? ok(undefined) : await this.#known.read(serving);
    const secrets = spec.ok && spec.value && serving ? secretsOf(world, spec.value, serving) : ok(new Map());
    return resources.recover(secrets.ok ? secrets.value : new Map());
  }

  #record(): Promise<Result<EnvironmentRecord | undefined>> {
    return this.#hands.world.store.environment(this.#hands.lease.environment);
  }

  async #settled(): Promise<Result<void>> {
    const lost = await this.#hands.keeper.settled();
    return lost.length === 0 ? ok() : failed(...this.#hands.redact(lost.flatMap(({ failures }) => failures)));
  }

  /** What the store says should run, and that all of it can be looked after. */
  async #understand(record: EnvironmentRecord): Promise<Result<Fleet>> {
    const fleet = fleetOf(record);
    const known = fleet.ok ? await this.#known.readAll(fleet.value.members) : fleet;
    this.standsStill = !known.ok;
    return known.ok ? fleet : known;
  }

  /** Looks after what the store says should run. When that is not understood nothing is touched. */
  async #adopt(record: EnvironmentRecord): Promise<Result<void>> {
    const fleet = await this.#understand(record);
    if (!fleet.ok) return fleet;
    if (record.serving !== undefined) await adoptFleet(this.#hands, fleet.value, record.serving);
    return ok();
  }
}
