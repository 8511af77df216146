import { setTimeout as wait } from "node:timers/promises";
import type { Driver, Instance, InstanceSpec } from "../drivers/driver.ts";
import { serviceOf } from "../environment/routes.ts";
import type { Fleet, Member } from "../environment/spec.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { unexpectedFailure } from "../errors/unexpected-failure.ts";
import type { Emit } from "../events/event.ts";
import { backoff, recoveredMs } from "./backoff.ts";
import { bringUp } from "./bring-up.ts";
import { exitedFailure } from "./evidence.ts";
import type { Probe } from "./probe.ts";
import { Traffic, type TrafficWorld } from "./traffic.ts";

/** What a keeper works with; one environment's view of the machine. */
export interface KeeperWorld extends TrafficWorld {
  readonly driver: Driver;
  readonly probe: Probe;
  readonly emit: Emit;
  /** What to start for a member, its secrets included. */
  readonly instanceSpec: (member: Member) => Promise<Result<InstanceSpec>>;
  readonly now: () => number;
  /** Takes what was thrown: a bug, but no reason to stop looking after what runs. */
  readonly report: (error: unknown) => void;
}

/** An instance that should run and does not, and why. */
export interface LostMember {
  readonly member: Member;
  readonly failures: readonly Failure[];
}

/** How an instance stands with its keeper. */
type Standing =
  /** Being started, or asked whether it still serves. `known`: the gateway may still send it requests. */
  | { readonly is: "starting"; readonly known: boolean }
  | { readonly is: "up"; readonly instance: Instance; readonly since: number }
  | { readonly is: "down"; readonly restartAt: number; readonly failures: readonly Failure[] };

interface Tended {
  readonly member: Member;
  standing: Standing;
  /** Losses in a row, for the backoff. */
  losses: number;
  /** A bring-up in the background, and how to give it up. */
  bringingUp?: { readonly done: Promise<void>; readonly abort: AbortController };
}

const lookEveryMs = 250;
/** For a service that nobody knows any more. */
const anyGraceMs = 10_000;

/**
 * Keeps an environment's instances running and the gateway's table true: restarts what ends by itself, with backoff,
 * and takes it out of the traffic meanwhile. Rollouts move the fleet through `start`, `route`, `drain` and `stop`.
 */
export class FleetKeeper {
  readonly #world: KeeperWorld;
  readonly #tended = new Map<string, Tended>();
  readonly #traffic: Traffic;
  /** Is told of every loss; a rollout under way turns back on those that concern it. */
  onLost: (lost: LostMember) => void = () => {};

  constructor(world: KeeperWorld) {
    this.#world = world;
    this.#traffic = new Traffic(world, ({ id }) => {
      const standing = this.#tended.get(id)?.standing;
      return standing?.is === "up" ? standing.instance.address : undefined;
    });
  }

  get members(): readonly Member[] {
    return [...this.#tended.values()].map((tended) => tended.member);
  }

  /** Takes over what an earlier keeper left; nothing changes for traffic until each instance was looked at. */
  adopt(fleet: Fleet, inCharge: number): void {
    this.#traffic.adopt(fleet.routed, inCharge);
    for (const member of fleet.members)
      this.#bringBack({ member, standing: { is: "starting", known: true }, losses: 0 });
  }

  /**
   * Resolves once everything taken over has been looked at, and the gateway knows what came of it: what does not run,
   * though it should.
   */
  async settled(): Promise<readonly LostMember[]> {
    await Promise.all([...this.#tended.values()].map((tended) => tended.bringingUp?.done));
    await this.#traffic.tell();
    return [...this.#tended.values()].flatMap(({ member, standing }) =>
      standing.is === "down" ? [{ member, failures: standing.failures }] : [],
    );
  }

  /** Starts instances, all at once, and waits until all are healthy. */
  async start(members: readonly Member[], signal: AbortSignal): Promise<Result<void>> {
    return all(members.map((member) => this.#startOne(member, signal)));
  }

  /** Exactly these get requests once it resolves. `deployment` has the say over address and routes. */
  async route(members: readonly Member[], deployment: number): Promise<Result<void>> {
    const applied = await this.#traffic.switchTo(members, deployment);
    if (!applied.ok) return applied;
    const releases = [...new Set(members.map((member) => member.release))];
    this.#world.emit({
      type: "trafficSwitched",
      environment: this.#world.environment,
      to: releases.map((release) => {
        const instances = members.filter((member) => member.release === release).length;
        return { release, weight: instances, instances };
      }),
    });
    return ok();
  }

  /** Waits until none of them has a request under way, at most so long; how many were left then. */
  async drain(members: readonly Member[], limitMs: number): Promise<Result<{ readonly left: number }>> {
    const ids = members.map((member) => member.id);
    return this.#world.gateway.drain(ids, limitMs, this.#world.environment);
  }

  async stop(members: readonly Member[]): Promise<Result<void>> {
    return all(members.map((member) => this.#stopOne(member)));
  }

  /** Takes the environment's address away. */
  leave(): Promise<Result<void>> {
    return this.#traffic.leave();
  }

  /** Looks after the fleet until aborted. */
  async tend(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(this.#world.report);
      await wait(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One look: notices losses, begins due restarts, tells the gateway what changed. */
  async look(): Promise<void> {
    const observed = await this.#world.driver.observe(this.#world.environment);
    if (!observed.ok) return;
    const found = new Map(observed.value.map((instance) => [instance.id, instance]));
    for (const tended of this.#tended.values()) {
      const { standing } = tended;
      if (standing.is === "up") await this.#check(tended, standing, found.get(tended.member.id));
      else if (standing.is === "down" && standing.restartAt <= this.#world.now()) this.#bringBack(tended);
    }
    // Not awaited: a gateway that does not answer must not keep instances from being restarted.
    if (this.#isSettled()) void this.#traffic.tell().catch(this.#world.report);
  }

  async #startOne(member: Member, signal: AbortSignal): Promise<Result<void>> {
    await this.#giveUp(member.id);
    const tended: Tended = { member, standing: { is: "starting", known: false }, losses: 0 };
    this.#tended.set(member.id, tended);
    const started = await this.#bringUp(member, signal);
    if (!started.ok) return started;
    tended.standing = { is: "up", instance: started.value, since: this.#world.now() };
    return ok();
  }

  async #stopOne(member: Member): Promise<Result<void>> {
    await this.#giveUp(member.id);
    const { driver, environment, token, specOf, emit } = this.#world;
    const spec = await specOf(member.deployment);
    const grace = (spec && serviceOf(spec, member))?.graceMs ?? anyGraceMs;
    const stopped = await driver.stop(environment, member.id, grace, token());
    if (!stopped.ok) return stopped;
    emit({ type: "instanceStopped", environment, instance: member.id, how: stopped.value });
    return ok();
  }

  async #bringUp(member: Member, signal: AbortSignal): Promise<Result<Instance>> {
    const { driver, probe, emit, token, specOf, instanceSpec } = this.#world;
    const spec = await instanceSpec(member);
    if (!spec.ok) return spec;
    const deployment = await specOf(member.deployment);
    const service = deployment && serviceOf(deployment, member);
    return bringUp({
      driver,
      probe,
      emit,
      spec: spec.value,
      token: token(),
      health: service?.health,
      timeoutMs: service?.healthTimeoutMs ?? 30_000,
      signal,
    });
  }

  /** Lets go of an instance; a start of it that is under way has ended when this resolves. */
  async #giveUp(id: string): Promise<void> {
    const tended = this.#tended.get(id);
    this.#tended.delete(id);
    tended?.bringingUp?.abort.abort();
    await tended?.bringingUp?.done;
  }

  /** In the background: the next looks see what came of it. */
  #bringBack(tended: Tended): void {
    const { member, standing } = tended;
    const isKnown = standing.is === "starting" && standing.known;
    if (standing.is !== "starting") tended.standing = { is: "starting", known: false };
    this.#tended.set(member.id, tended);
    const abort = new AbortController();
    const done = this.#restart(member, standing, abort.signal)
      .catch((error) => failed(unexpectedFailure(error, `Starting ${member.id}`)))
      .then(async (started) => {
        const instance = started.ok ? started.value : isKnown ? await this.#stillRuns(member) : undefined;
        delete tended.bringingUp;
        if (this.#tended.get(member.id) !== tended) return;
        if (instance !== undefined) tended.standing = { is: "up", instance, since: this.#world.now() };
        else if (!started.ok) this.#lose(tended, started.failures);
      });
    tended.bringingUp = { done, abort };
  }

  /** One that hung in its last start is ended first: starting what runs would change nothing. */
  async #restart(member: Member, standing: Standing, signal: AbortSignal): Promise<Result<Instance>> {
    if (standing.is === "down" && (await this.#stillRuns(member)) !== undefined) {
      const stopped = await this.#world.driver.stop(this.#world.environment, member.id, 0, this.#world.token());
      if (!stopped.ok) return stopped;
    }
    return this.#bringUp(member, signal);
  }

  /**
   * What was taken over and runs keeps its requests even if its health answer is bad: an agent that comes anew is no
   * reason to change what serves.
   */
  async #stillRuns(member: Member): Promise<Instance | undefined> {
    const observed = await this.#world.driver.observe(this.#world.environment);
    const found = observed.ok ? observed.value.find(({ id }) => id === member.id) : undefined;
    return found?.state.state === "running" ? found : undefined;
  }

  async #check(tended: Tended, standing: Standing & { is: "up" }, seen: Instance | undefined): Promise<void> {
    if (seen?.state.state === "running") {
      if (this.#world.now() - standing.since > recoveredMs) tended.losses = 0;
      return;
    }
    const exit = seen?.state.exit ?? { code: null, signal: null };
    const failure = await exitedFailure(this.#world.driver, standing.instance, exit);
    if (this.#tended.get(tended.member.id) === tended) this.#lose(tended, [failure]);
  }

  #lose(tended: Tended, failures: readonly Failure[]): void {
    tended.losses += 1;
    const restartInMs = backoff(tended.losses);
    tended.standing = { is: "down", restartAt: this.#world.now() + restartInMs, failures };
    const { environment } = this.#world;
    this.#world.emit({ type: "instanceLost", environment, instance: tended.member.id, failures, restartInMs });
    this.onLost({ member: tended.member, failures });
  }

  /** While instances that were taken over are still being looked at, the gateway's own table is the better one. */
  #isSettled(): boolean {
    return ![...this.#tended.values()].some(({ standing }) => standing.is === "starting" && standing.known);
  }
}

async function all(works: readonly Promise<Result<void>>[]): Promise<Result<void>> {
  const failures = (await Promise.all(works)).flatMap((result) => (result.ok ? [] : result.failures));
  return failures.length === 0 ? ok() : failed(...failures);
}
