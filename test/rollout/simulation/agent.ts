import { compareReleases } from "../../../src/agent/environments/compare-releases.ts";
import { type Driver, defaultCapabilities } from "../../../src/drivers/driver.ts";
import { failed, ok, type Result } from "../../../src/errors/result.ts";
import type { Event } from "../../../src/events/event.ts";
import type { Gateway } from "../../../src/gateway/gateway.ts";
import { Controller } from "../../../src/rollout/controller.ts";
import { fleetToAdopt } from "../../../src/rollout/fleet-at.ts";
import { FleetKeeper } from "../../../src/rollout/fleet-keeper.ts";
import type { JobWorld } from "../../../src/rollout/jobs.ts";
import { readJournal, replay, toEntry } from "../../../src/rollout/journal.ts";
import { type Perform, performer } from "../../../src/rollout/performer.ts";
import type { Ended, RolloutState } from "../../../src/rollout/rollout-state.ts";
import type { Fleet } from "../../../src/strategies/fleet.ts";
import type { Ledger } from "./ledger.ts";
import { type Machine, noAnswer } from "./machine.ts";
import type { Scenario } from "./scenario.ts";

const environment = "staging";
const renewEveryMs = 5_000;
const lookEveryMs = 100;

/**
 * One life of an agent: the real keeper, controller and performer, between the machine and the ledger. It dies at a write
 * that the scenario names: from then on none of its calls comes back. What the agent's own room does around them is done
 * here in a few lines, in the same order.
 */
export class Agent {
  /** Never resolves for one that died. */
  readonly over: Promise<Result<void>>;
  readonly keeper: FleetKeeper;
  #controller: Controller | undefined;
  #isDead = false;
  #state: RolloutState | undefined;
  /** Steps under way. */
  #performing = 0;
  readonly #scenario: Scenario;
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #token: number;
  readonly #told: (event: Event) => void;
  readonly #letGo = new AbortController();

  constructor(scenario: Scenario, machine: Machine, ledger: Ledger, told: (event: Event) => void) {
    this.#scenario = scenario;
    this.#machine = machine;
    this.#ledger = ledger;
    this.#token = ledger.lease();
    this.#told = told;
    this.keeper = new FleetKeeper({
      environment,
      driver: this.#driver(),
      gateway: this.#gateway(),
      probe: machine.probe,
      emit: (event) => this.#emit(event),
      clock: machine.wall,
      token: () => this.#token,
      specOf: async (deployment) => scenario.specs.get(deployment),
      instanceSpec: async (member, links) =>
        ok({
          ...member,
          environment,
          command: "serve",
          env: links,
          listens: member.requests !== "none",
        }),
      report: (error) => machine.violations.push(`thrown in the keeper: ${String(error)}`),
    });
    this.keeper.onLost = ({ member, failures }) => this.#controller?.memberLost(member.id, failures);
    void this.keeper.tend(this.#letGo.signal);
    void this.#keepLease();
    this.over = this.#live();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** What people and analysis do while it waits for them. */
  get controller(): Controller | undefined {
    return this.#isDead ? undefined : this.#controller;
  }

  /** What an agent does that comes to an environment: as `Deployments.resume`, then it looks after what serves. */
  async #live(): Promise<Result<void>> {
    const { specs, before, plan } = this.#scenario;
    const ledger = this.#ledger;
    if (ledger.end !== undefined) {
      this.keeper.adopt(ledger.end.members as Fleet, ledger.end.serving ?? 2);
      await this.keeper.settled();
      return ok();
    }
    const entries = readJournal(2, structuredClone(ledger.journal));
    if (!entries.ok) return entries;
    const state = replay(entries.value);
    const serving = before.members.length > 0 ? 1 : undefined;
    if (state === undefined && ledger.isFirst(this.#token)) {
      if (serving !== undefined) this.keeper.adopt(before, serving);
      await this.keeper.settled();
      return this.#drive(serving, (controller) => controller.run(plan));
    }
    if (state === undefined || state.phase === "ended") {
      const fleet = state?.fleet ?? before;
      const closed = await this.#write(async () =>
        ledger.finish(this.#token, {
          at: this.#machine.wall.now(),
          outcome: state?.outcome ?? "reverted",
          failures: state?.failures ?? [],
          members: fleet,
        }),
      );
      if (!closed.ok) return closed;
      this.keeper.adopt(fleet, state?.outcome === "deployed" ? 2 : (serving ?? 2));
      await this.keeper.settled();
      return ok();
    }
    if (specs.size === 0) return ok();
    this.keeper.adopt(fleetToAdopt(state), serving ?? 2);
    const lost = await this.keeper.settled();
    return this.#drive(serving, (controller) => {
      const going = controller.resume(state);
      for (const { member, failures } of lost) controller.memberLost(member.id, failures);
      return going;
    });
  }

  async #drive(
    servedBefore: number | undefined,
    go: (controller: Controller) => Promise<Result<Ended>>,
  ): Promise<Result<void>> {
    const ledger = this.#ledger;
    const controller = new Controller({
      environment,
      deployment: 2,
      servedBefore,
      clock: this.#machine.wall,
      emit: (event) => this.#emit(event),
      log: {
        append: (entry) => this.#write(async () => ledger.append(this.#token, toEntry(entry))),
        finish: (end) => this.#write(async () => ledger.finish(this.#token, end)),
      },
      onState: (state) => {
        this.#state = state;
      },
      perform: this.#watched(
        performer({
          ...this.#jobsOf(2),
          keeper: this.keeper,
          jobsOf: async (deployment) => this.#jobsOf(deployment),
          unpack: async () => ok(),
          saveBeforeMigration: async () => ok(),
        }),
      ),
    });
    this.#controller = controller;
    const over = new AbortController();
    const comparing = { environment, gateway: this.#gateway(), clock: this.#machine.wall, controller };
    void compareReleases({ ...comparing, state: () => this.#state }, over.signal).catch((error) =>
      this.#machine.violations.push(`thrown while releases are compared: ${String(error)}`),
    );
    const ended = await go(controller);
    over.abort();
    this.#controller = undefined;
    if (!ended.ok) return ended;
    if (this.keeper.members.length === 0) await this.keeper.leave();
    return ok();
  }

  /** What a controller performs stands in its journal before, and is one thing at a time. */
  #watched(perform: Perform): Perform {
    return async (step, signal) => {
      const entries = readJournal(2, structuredClone(this.#ledger.journal));
      const written = entries.ok ? replay(entries.value) : undefined;
      const isWritten =
        written !== undefined &&
        written.phase !== "ended" &&
        !written.isPaused &&
        JSON.stringify(written.steps[written.step]) === JSON.stringify(step);
      if (!isWritten && this.#ledger.isHeldBy(this.#token))
        this.#machine.violations.push(`${step.kind} is performed, and the journal does not stand there`);
      if (this.#performing > 0) this.#machine.violations.push(`${step.kind} is performed while another step is`);
      this.#performing += 1;
      const done = await perform(step, signal);
      this.#performing -= 1;
      return done;
    };
  }

  #jobsOf(deployment: number): JobWorld {
    const spec = this.#scenario.specs.get(deployment)!;
    return {
      spec,
      deployment,
      driver: this.#driver(),
      emit: (event) => this.#emit(event),
      token: () => this.#token,
      linksFor: (service) => this.keeper.linksFor(service, deployment),
      jobSpec: async ({ id, env, timeoutMs }) =>
        ok({ id, environment, release: spec.release, deployment, command: "job", env, timeoutMs }),
      addressOf: async () => "127.0.0.1:1",
    };
  }

  /** Lets go of the environment once somebody else has it, as `keepLease` does. */
  async #keepLease(): Promise<void> {
    while (!this.#isDead && this.#ledger.isHeldBy(this.#token)) await this.#machine.clock.wait(renewEveryMs);
    this.#letGo.abort();
  }

  #emit(event: Event): void {
    if (!this.#isDead) this.#told(event);
  }

  /**
   * A write, at which it may die: nobody hears of it any more, whether it was done or not. It may take long, and its answer
   * may be lost.
   */
  async #write<T>(write: () => Promise<Result<T>>): Promise<Result<T>> {
    const never = new Promise<never>(() => {});
    if (this.#isDead) return never;
    const { lost } = this.#scenario;
    const fate = this.#ledger.nextWrite();
    if (fate === "before") this.#die();
    if (fate === "zombie") this.#ledger.loseSight();
    if (fate !== "after") await this.#delay();
    if (this.#isDead) return never;
    const written = await write();
    if (fate === "after") this.#die();
    await this.#delay();
    if (this.#isDead) return never;
    return this.#happens(lost) ? failed(noAnswer) : written;
  }

  /** A call of the driver or the gateway, which may be done twice. */
  #call<T>(call: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.#write(async () => {
      const done = await call();
      return this.#happens(this.#scenario.twice) ? call() : done;
    });
  }

  async #delay(): Promise<void> {
    const { dice, slow } = this.#scenario;
    if (!this.#isDead && this.#happens(slow)) await this.#machine.clock.wait(dice.pick(50, 700, 4_000));
  }

  #happens(probability: number): boolean {
    return !this.#machine.isCalm && probability > 0 && this.#scenario.dice.chance(probability);
  }

  #die(): void {
    this.#isDead = true;
    this.#letGo.abort();
    this.#ledger.loseSight();
  }

  #driver(): Driver {
    const machine = this.#machine;
    const { dice } = this.#scenario;
    return {
      capabilities: defaultCapabilities,
      prepare: async () => ok(),
      forget: async () => ok(),
      destroyData: async () => ok(),
      verify: async () => ok(undefined),
      tend: async () => {},
      start: (spec, token) => this.#call(async () => machine.start(spec, token)),
      stop: (_, id, graceMs, token) =>
        this.#call(async () => {
          if (graceMs > 0) await machine.clock.wait(dice.pick(0, 0, 200));
          return machine.stop(id, graceMs, token);
        }),
      inspect: async () => ok([]),
      beside: async () => ok({ found: [] }),
      observe: async (name) => (this.#isDead ? new Promise<never>(() => {}) : machine.observe(name)),
      watch: (_, signal) => this.#watch(signal),
      async *follow() {},
      startJob: (spec, token) => this.#call(async () => machine.startJob(spec, token)),
      observeJob: async (_, id) => (this.#isDead ? new Promise<never>(() => {}) : ok(machine.job(id))),
      stopJob: (_, id, _graceMs, token) => this.#call(async () => machine.stopJob(id, token)),
      remove: async () => ok(),
    };
  }

  /** Looks as a driver does that tells of nothing. */
  async *#watch(signal: AbortSignal): AsyncGenerator<void> {
    while (!signal.aborted) {
      yield;
      await this.#machine.clock.wait(lookEveryMs, signal);
    }
  }

  #gateway(): Gateway {
    const machine = this.#machine;
    return {
      apply: (routes) => this.#call(async () => machine.apply(routes)),
      remove: (_, token) => this.#call(async () => machine.remove(token)),
      drain: (ids, limitMs) => this.#call(() => machine.drain(ids, limitMs)),
      observe: async () => (this.#isDead ? new Promise<never>(() => {}) : machine.look()),
    };
  }
}
