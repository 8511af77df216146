import type { Instance } from "../drivers/driver.ts";
import type { Failure } from "../errors/failure.ts";
import { type Failed, failed, ok, type Result } from "../errors/result.ts";
import { unexpectedFailure } from "../errors/unexpected-failure.ts";
import type { Traffic } from "../events/traffic.ts";
import { type Fleet, type Member, needs, tiersOf } from "../strategies/fleet.ts";
import { backoff, recoveredMs } from "./backoff.ts";
import { exitedFailure, lastWords } from "./evidence.ts";
import { GatewayTable, type Links } from "./gateway-table.ts";
import { drainLimitOf, graceOf, type KeeperWorld, proveMember, startMember } from "./keeper-world.ts";
import { Tended } from "./tended.ts";

/** An instance that should run and does not, and why. */
export interface LostMember {
  readonly member: Member;
  readonly failures: readonly Failure[];
}

const lookEveryMs = 250;

/**
 * Keeps an environment's instances running and the gateway's table true: restarts what ends by itself, with backoff,
 * and takes it out of the traffic meanwhile. How one instance stands, and how that changes, is `Tended`'s diagram.
 *
 * Rollouts move the fleet through `start`, `route`, `drain` and `stop`, one call at a time; `tend` runs beside them for as
 * long as the environment is in this agent's hands. What keeps the two apart: a member is in `#tended` from the moment
 * that somebody wants it to run until somebody lets it go (`#letGo`), and whoever comes back from waiting looks whether
 * its `Tended` is still the one in there. A member is let go before it is stopped, so that nobody starts it again.
 *
 * Order: what a member needs comes up before it and goes after it. An instance gets requests only while it is up, and the
 * gateway has been told by the time that a call resolves. When the lease is lost, driver and gateway refuse the token; the
 * keeper needs no word of it.
 */
export class FleetKeeper {
  readonly #world: KeeperWorld;
  readonly #tended = new Map<string, Tended>();
  readonly #table: GatewayTable;
  /**
   * What was taken over does not run, and something else does: a state that was put back is older than what serves. As long
   * as nothing that we route to is up and nobody routes, the gateway's own table is the better one.
   */
  #isOvertaken = false;
  /** Is told of every loss; a rollout under way turns back on those that concern it. */
  onLost: (lost: LostMember) => void = () => {};

  constructor(world: KeeperWorld) {
    this.#world = world;
    const whereabouts = () => [...this.#tended.values()].map(({ member, address }) => ({ member, address }));
    this.#table = new GatewayTable(world, whereabouts);
  }

  get members(): readonly Member[] {
    return [...this.#tended.values()].map((tended) => tended.member);
  }

  /** Takes over what an earlier keeper left; nothing changes for traffic until each instance was looked at. */
  adopt(fleet: Fleet, inCharge: number): void {
    this.#table.adopt(fleet, inCharge);
    const adopted = tiersOf(fleet.members)
      .flat()
      .map((member) => new Tended(member, { is: "adopted" }));
    for (const tended of adopted) this.#tended.set(tended.member.id, tended);
    const found = this.#find(adopted);
    for (const tended of adopted)
      this.#inBackground(tended, (signal) => found.then(() => this.#takeOver(tended, signal)));
  }

  /**
   * Resolves once everything taken over has been looked at, and the gateway knows what came of it: what does not run,
   * though it should.
   */
  async settled(): Promise<readonly LostMember[]> {
    await Promise.all([...this.#tended.values()].map((tended) => tended.bringingUp?.done));
    if (this.#isSettled()) await this.#table.tell();
    return [...this.#tended.values()].flatMap(({ member, standing }) =>
      standing.is === "down" ? [{ member, failures: standing.failures }] : [],
    );
  }

  /** Starts instances, those at once that do not need each other, and waits until all are healthy. */
  async start(members: readonly Member[], signal: AbortSignal): Promise<Result<void>> {
    for (const tier of tiersOf(members)) {
      const started = await all(tier.map((member) => this.#startOne(member, signal)));
      if (!started.ok) return started;
    }
    return ok();
  }

  /** Whether those that run are healthy now; nothing of them is started. */
  async prove(members: readonly Member[], signal: AbortSignal): Promise<Result<void>> {
    return all(members.map((member) => proveMember(this.#world, member, signal)));
  }

  /** What was found of a member, with the last that it said. */
  async withLastWords(member: Member, { failures }: Failed): Promise<Failed> {
    const { driver, environment } = this.#world;
    const words = await lastWords(driver, environment, member.id);
    return failed(...failures.map((one) => ({ ...one, cause: [one.cause, words].filter(Boolean).join("\n") })));
  }

  /**
   * Before requests go back to these: of a service of which none is up, all are started now, whatever their backoff. Fails with
   * `not-routed` when none comes up although something answers where the requests go now: there they are better off. Without
   * any effect on those that do not get more of the requests than they have.
   */
  async ready(members: readonly Member[], traffic: Traffic): Promise<Result<void>> {
    const { driver, environment } = this.#world;
    const gaining = members.filter((member) => member.requests !== "none" && this.#table.gains(member, traffic));
    const observed = gaining.length === 0 ? ok([]) : await driver.observe(environment);
    if (!observed.ok) return ok();
    const found = new Map(observed.value.map((instance) => [instance.id, instance]));
    const tended = gaining.flatMap(({ id }) => this.#tended.get(id) ?? []);
    const silent = () => {
      const answers = new Set(tended.filter((one) => one.standing.is === "up").map(({ member }) => member.service));
      return tended.filter(({ member }) => !answers.has(member.service));
    };
    for (const one of tended)
      if (one.standing.is === "up") await this.#check(one, one.standing, found.get(one.member.id));
    for (const one of silent()) if (one.standing.is === "down") this.#bringBack(one);
    await Promise.all(silent().map((one) => one.bringingUp?.done));
    const isAnswering = [...this.#tended.values()].some((one) => one.address && this.#table.isRouted(one.member));
    const down = silent().flatMap(({ standing }) => (standing.is === "down" ? standing.failures : []));
    return down.length === 0 || !isAnswering ? ok() : failed(notRouted, ...down);
  }

  /** Exactly these get requests once it resolves. `deployment` has the say over address and routes. */
  async route(members: readonly Member[], traffic: Traffic, deployment: number): Promise<Result<void>> {
    this.#isOvertaken = false;
    const applied = await this.#table.switchTo(members, traffic, deployment);
    if (!applied.ok) return applied;
    const to = traffic.map((share) => ({
      ...share,
      instances: members.filter((member) => member.deployment === share.deployment).length,
    }));
    this.#world.emit({ type: "trafficSwitched", environment: this.#world.environment, to });
    return ok();
  }

  /** The gateway does what it should once it resolves, whatever somebody has told it meanwhile. */
  routeAgain(): Promise<Result<void>> {
    return this.#table.tellAgain();
  }

  /** Waits until none of them has a request under way, at most as long as their services say; how many were left then. */
  async drain(members: readonly Member[]): Promise<Result<{ readonly left: number }>> {
    const limits = await Promise.all(members.map((member) => drainLimitOf(this.#world, member)));
    const ids = members.map((member) => member.id);
    return this.#world.gateway.drain(ids, Math.max(0, ...limits), this.#world.environment);
  }

  /** Stops instances, those at once that do not need each other. What can be stopped is, whatever else fails. */
  async stop(members: readonly Member[]): Promise<Result<void>> {
    const stopped: Result<void>[] = [];
    for (const tier of tiersOf(members).reverse()) stopped.push(await all(tier.map((member) => this.#stopOne(member))));
    return all(stopped);
  }

  /** What a process of a service gets to find those that it needs, in its own deployment. */
  linksFor(service: string, deployment: number): Promise<Result<Links>> {
    return this.#table.linksFor(service, deployment, this.#isSettled());
  }

  /** Takes the environment's address away. */
  leave(): Promise<Result<void>> {
    this.#isOvertaken = false;
    return this.#table.leave();
  }

  /** Looks after the fleet until aborted. */
  async tend(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(this.#world.report);
      await this.#world.clock.wait(lookEveryMs, signal);
    }
  }

  /** One look: notices losses, begins due restarts, tells the gateway what changed. */
  async look(): Promise<void> {
    const { driver, environment, clock, report } = this.#world;
    const observed = await driver.observe(environment);
    if (!observed.ok) return;
    const found = new Map(observed.value.map((instance) => [instance.id, instance]));
    for (const tended of this.#tended.values()) {
      const { standing, member } = tended;
      if (standing.is === "up") await this.#check(tended, standing, found.get(member.id));
      else if (standing.is === "down" && standing.restartAt <= clock.monotonic()) this.#bringBack(tended);
    }
    // Not awaited: a gateway that does not answer must not keep instances from being restarted.
    // What is taken over meanwhile has no address yet: a table without it would leave its requests to nobody.
    if (this.#isSettled()) void this.#table.tell(() => this.#isSettled()).catch(report);
  }

  /** While some of what was taken over runs and was not looked at, the gateway's own table is the better one. */
  #isSettled(): boolean {
    return !this.#isOvertaken && ![...this.#tended.values()].some(({ standing }) => standing.is === "adopted");
  }

  /** One that does not come up is the caller's to stop: it is not tried again. */
  async #startOne(member: Member, signal: AbortSignal): Promise<Result<void>> {
    await this.#letGo(member.id);
    const tended = new Tended(member, { is: "coming" });
    this.#tended.set(member.id, tended);
    const started = await this.#bringUp(member, signal);
    if (!started.ok) return started;
    if (this.#isMine(tended)) this.#isUp(tended, started.value);
    return ok();
  }

  async #stopOne(member: Member): Promise<Result<void>> {
    await this.#letGo(member.id);
    const { driver, environment, token, emit } = this.#world;
    const grace = await graceOf(this.#world, member);
    const stopped = await driver.stop(environment, member.id, grace, token());
    if (!stopped.ok) return stopped;
    emit({ type: "instanceStopped", environment, instance: member.id, how: stopped.value });
    return ok();
  }

  async #bringUp(member: Member, signal: AbortSignal): Promise<Result<Instance>> {
    const links = await this.linksFor(member.service, member.deployment);
    return links.ok ? startMember(this.#world, member, links.value, signal) : links;
  }

  /** A start of it that is under way has ended when this resolves. */
  async #letGo(id: string): Promise<void> {
    const tended = this.#tended.get(id);
    if (tended === undefined) return;
    this.#tended.delete(id);
    tended.become({ is: "gone" });
    tended.bringingUp?.abort.abort();
    await tended.bringingUp?.done;
  }

  #isMine(tended: Tended): boolean {
    return this.#tended.get(tended.member.id) === tended;
  }

  #isUp(tended: Tended, instance: Instance): void {
    tended.become({ is: "up", instance, since: this.#world.clock.monotonic() });
    // The first instances of a deployment are up before it routes to them: until then they are no better.
    if (this.#table.isRouted(tended.member)) this.#isOvertaken = false;
  }

  /** The next looks see what came of it. */
  #inBackground(tended: Tended, work: (signal: AbortSignal) => Promise<Result<Instance>>): void {
    const abort = new AbortController();
    const done = work(abort.signal)
      .catch((error) => failed(unexpectedFailure(error, `Starting ${tended.member.id}`)))
      .then((started) => {
        tended.bringingUp = undefined;
        if (!this.#isMine(tended)) return;
        if (started.ok) this.#isUp(tended, started.value);
        else this.#lose(tended, started.failures);
      });
    tended.bringingUp = { done, abort };
  }

  /**
   * What was taken over and runs keeps its requests even if its health answer is bad: an agent that comes anew is no
   * reason to change what serves. What does not run is started once what it needs has been looked at.
   */
  async #takeOver({ member, standing }: Tended, signal: AbortSignal): Promise<Result<Instance>> {
    const needed = [...this.#tended.values()].filter((other) => needs(member, other.member));
    await Promise.all(needed.map((other) => other.bringingUp?.done));
    const started = await this.#bringUp(member, signal);
    const running = started.ok || standing.is !== "adopted" ? undefined : await this.#stillRuns(member);
    return running === undefined ? started : ok(running);
  }

  /** What runs of those is left to the gateway until it was looked at; the rest gets no requests, and is started. */
  async #find(adopted: readonly Tended[]): Promise<void> {
    const { driver, environment } = this.#world;
    await this.#table.keep();
    const observed = await driver.observe(environment);
    if (!observed.ok) return;
    const running = observed.value.filter(({ state }) => state.state === "running");
    // A deployment may have begun meanwhile: what it starts is not what was taken over, and where it routes it is done.
    const own = new Set(adopted.map(({ member }) => member.id));
    const isOthers = running.some(({ id }) => !this.#tended.has(id)) && !running.some(({ id }) => own.has(id));
    this.#isOvertaken = isOthers && adopted.some(({ member }) => this.#table.isRouted(member));
    const found = new Map(observed.value.map((instance) => [instance.id, instance]));
    for (const tended of adopted)
      if (this.#isMine(tended) && found.get(tended.member.id)?.state.state !== "running")
        tended.become({ is: "coming" });
  }

  #bringBack(tended: Tended): void {
    tended.become({ is: "coming" });
    this.#inBackground(tended, (signal) => this.#restart(tended.member, signal));
  }

  /** One that hung in its last start is ended first: starting what runs would change nothing. */
  async #restart(member: Member, signal: AbortSignal): Promise<Result<Instance>> {
    const { driver, environment, token } = this.#world;
    if ((await this.#stillRuns(member)) !== undefined) {
      const stopped = await driver.stop(environment, member.id, 0, token());
      if (!stopped.ok) return stopped;
    }
    return this.#bringUp(member, signal);
  }

  async #stillRuns(member: Member): Promise<Instance | undefined> {
    const observed = await this.#world.driver.observe(this.#world.environment);
    const found = observed.ok ? observed.value.find(({ id }) => id === member.id) : undefined;
    return found?.state.state === "running" ? found : undefined;
  }

  async #check(tended: Tended, standing: Tended["standing"] & { is: "up" }, seen: Instance | undefined): Promise<void> {
    if (seen?.state.state === "running") {
      if (this.#world.clock.monotonic() - standing.since > recoveredMs) tended.losses = 0;
      return;
    }
    const exit = seen?.state.exit ?? { code: null, signal: null };
    const failure = await exitedFailure(this.#world.driver, standing.instance, exit);
    if (this.#isMine(tended) && tended.standing === standing) this.#lose(tended, [failure]);
  }

  #lose(tended: Tended, failures: readonly Failure[]): void {
    tended.losses += 1;
    const restartInMs = backoff(tended.losses);
    const { environment, clock, emit } = this.#world;
    tended.become({ is: "down", restartAt: clock.monotonic() + restartInMs, failures });
    if (tended.isNews(failures))
      emit({ type: "instanceLost", environment, instance: tended.member.id, failures, restartInMs });
    this.onLost({ member: tended.member, failures });
  }
}

const notRouted: Failure = {
  code: "not-routed",
  message: "Requests go where they went: nothing of what served before comes up",
  hint: "See why in its output, which follows. To replace what serves now: tidegate ship",
};

async function all(works: readonly (Result<void> | Promise<Result<void>>)[]): Promise<Result<void>> {
  const failures = (await Promise.all(works)).flatMap((result) => (result.ok ? [] : result.failures));
  return failures.length === 0 ? ok() : failed(...failures);
}
