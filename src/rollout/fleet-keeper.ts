import { setTimeout as wait } from "node:timers/promises";
import type { Address, Driver, Instance, InstanceSpec } from "../drivers/driver.ts";
import { environmentRoutes, type RoutedInstance, serviceOf } from "../environment/routes.ts";
import type { DeploymentSpec, Fleet, Member } from "../environment/spec.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { backoff, recoveredMs } from "./backoff.ts";
import { bringUp } from "./bring-up.ts";
import { exitedFailure } from "./evidence.ts";
import type { Probe } from "./probe.ts";

/** What a keeper works with; one environment's view of the machine. */
export interface KeeperWorld {
  readonly environment: string;
  readonly driver: Driver;
  readonly gateway: Gateway;
  readonly probe: Probe;
  readonly emit: Emit;
  /** The fencing token of the environment's lease. */
  readonly token: () => number;
  readonly specOf: (deployment: number) => Promise<DeploymentSpec>;
  /** What to start for a member, its secrets included. */
  readonly instanceSpec: (member: Member) => Promise<Result<InstanceSpec>>;
  readonly now: () => number;
}

/** How an instance stands with its keeper. */
type Standing =
  /** Being started, or asked whether it still serves. `known`: the gateway may still send it requests. */
  | { readonly is: "starting"; readonly known: boolean }
  | { readonly is: "up"; readonly instance: Instance; readonly since: number }
  | { readonly is: "down"; readonly restartAt: number };

interface Tended {
  readonly member: Member;
  standing: Standing;
  /** Losses in a row, for the backoff. */
  losses: number;
  /** A bring-up in the background, and how to give it up. */
  bringingUp?: { readonly done: Promise<void>; readonly abort: AbortController };
}

const lookEveryMs = 250;

/**
 * Keeps an environment's instances running and the gateway's table true: restarts what ends by itself, with backoff,
 * and takes it out of the traffic meanwhile. Rollouts move the fleet through `start`, `route`, `drain` and `stop`.
 */
export class FleetKeeper {
  readonly #world: KeeperWorld;
  readonly #tended = new Map<string, Tended>();
  #routed: readonly Member[] = [];
  /** The deployment whose spec decides over address and routes; undefined while there is nothing to route. */
  #inCharge: number | undefined;
  /** What the gateway was last told, to tell it only what is new. */
  #told = "";
  /** Tables go out one after the other: an older one never overtakes. */
  #telling: Promise<unknown> = Promise.resolve();
  /** Is told of every loss; a rollout under way turns back on those that concern it. */
  onLost: (member: Member, failures: readonly Failure[]) => void = () => {};

  constructor(world: KeeperWorld) {
    this.#world = world;
  }

  get members(): readonly Member[] {
    return [...this.#tended.values()].map((tended) => tended.member);
  }

  /** Takes over what an earlier keeper left; nothing changes for traffic until each instance was looked at. */
  adopt(fleet: Fleet, inCharge: number): void {
    this.#inCharge = inCharge;
    this.#routed = fleet.routed;
    for (const member of fleet.members)
      this.#bringBack({ member, standing: { is: "starting", known: true }, losses: 0 });
  }

  /** Resolves once everything taken over has been looked at: it serves, or its restart is planned. */
  async settled(): Promise<void> {
    await Promise.all([...this.#tended.values()].map((tended) => tended.bringingUp?.done));
  }

  /** Starts instances, all at once, and waits until all are healthy. */
  async start(members: readonly Member[], signal: AbortSignal): Promise<Result<void>> {
    const results = await Promise.all(members.map((member) => this.#startOne(member, signal)));
    const failures = results.flatMap((result) => (result.ok ? [] : result.failures));
    return failures.length === 0 ? ok() : failed(...failures);
  }

  /** Exactly these get requests once it resolves. `deployment` has the say over address and routes. */
  async route(members: readonly Member[], deployment: number): Promise<Result<void>> {
    this.#inCharge = deployment;
    this.#routed = members;
    this.#told = "";
    const applied = await this.#tellGateway();
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

  async drain(members: readonly Member[], limitMs: number): Promise<Result<void>> {
    const drained = await this.#world.gateway.drain(
      members.map((member) => member.id),
      limitMs,
    );
    return drained.ok ? ok() : drained;
  }

  async stop(members: readonly Member[]): Promise<Result<void>> {
    const results = await Promise.all(members.map((member) => this.#stopOne(member)));
    const failures = results.flatMap((result) => (result.ok ? [] : result.failures));
    return failures.length === 0 ? ok() : failed(...failures);
  }

  /** Looks after the fleet until aborted. */
  async tend(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await wait(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One look: notices losses, begins due restarts, tells the gateway what changed. */
  async look(): Promise<void> {
    const observed = await this.#world.driver.observe(this.#world.environment);
    if (!observed.ok) return;
    const running = new Map(observed.value.map((instance) => [instance.id, instance]));
    for (const tended of this.#tended.values()) {
      const { standing } = tended;
      if (standing.is === "up") await this.#check(tended, standing, running.get(tended.member.id));
      else if (standing.is === "down" && standing.restartAt <= this.#world.now()) this.#bringBack(tended);
    }
    if (this.#isSettled()) await this.#tellGateway();
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
    const grace = serviceOf(spec, member)?.graceMs ?? 10_000;
    const stopped = await driver.stop(environment, member.id, grace, token());
    if (!stopped.ok) return stopped;
    emit({ type: "instanceStopped", environment, instance: member.id, how: stopped.value });
    return ok();
  }

  async #bringUp(member: Member, signal: AbortSignal): Promise<Result<Instance>> {
    const { driver, probe, emit, token, specOf, instanceSpec } = this.#world;
    const spec = await instanceSpec(member);
    if (!spec.ok) return spec;
    const service = serviceOf(await specOf(member.deployment), member);
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
    const { member } = tended;
    if (tended.standing.is !== "starting") tended.standing = { is: "starting", known: false };
    this.#tended.set(member.id, tended);
    const abort = new AbortController();
    const done = this.#bringUp(member, abort.signal).then((started) => {
      delete tended.bringingUp;
      if (this.#tended.get(member.id) !== tended) return;
      if (started.ok) tended.standing = { is: "up", instance: started.value, since: this.#world.now() };
      else this.#lose(tended, started.failures);
    });
    tended.bringingUp = { done, abort };
  }

  async #check(tended: Tended, standing: Standing & { is: "up" }, seen: Instance | undefined): Promise<void> {
    if (seen?.state.state === "running") {
      if (this.#world.now() - standing.since > recoveredMs) tended.losses = 0;
      return;
    }
    const exit = seen?.state.exit ?? { code: null, signal: null };
    this.#lose(tended, [await exitedFailure(this.#world.driver, standing.instance, exit)]);
  }

  #lose(tended: Tended, failures: readonly Failure[]): void {
    tended.losses += 1;
    const restartInMs = backoff(tended.losses);
    tended.standing = { is: "down", restartAt: this.#world.now() + restartInMs };
    const { environment } = this.#world;
    this.#world.emit({ type: "instanceLost", environment, instance: tended.member.id, failures, restartInMs });
    this.onLost(tended.member, failures);
  }

  /** While instances that were taken over are still being looked at, the gateway's own table is the better one. */
  #isSettled(): boolean {
    return ![...this.#tended.values()].some(({ standing }) => standing.is === "starting" && standing.known);
  }

  #tellGateway(): Promise<Result<void>> {
    const told = this.#telling.then(() => this.#tellNow());
    this.#telling = told.catch(() => {});
    return told;
  }

  async #tellNow(): Promise<Result<void>> {
    if (this.#inCharge === undefined) return ok();
    const spec = await this.#world.specOf(this.#inCharge);
    const routes = environmentRoutes(spec, await this.#reachable(), this.#world.token());
    const text = JSON.stringify(routes);
    if (text === this.#told) return ok();
    const applied = await this.#world.gateway.apply(routes);
    if (applied.ok) this.#told = text;
    return applied;
  }

  async #reachable(): Promise<RoutedInstance[]> {
    const reachable: RoutedInstance[] = [];
    for (const member of this.#routed) {
      const address = this.#addressOf(member);
      if (address !== undefined) reachable.push({ member, address, spec: await this.#world.specOf(member.deployment) });
    }
    return reachable;
  }

  #addressOf(member: Member): Address | undefined {
    const standing = this.#tended.get(member.id)?.standing;
    return standing?.is === "up" ? standing.instance.address : undefined;
  }
}
