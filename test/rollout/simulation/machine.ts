import type { Driver, Instance, InstanceSpec, Job, JobSpec } from "../../../src/drivers/driver.ts";
import type { Failure } from "../../../src/errors/failure.ts";
import { failed, ok, type Result } from "../../../src/errors/result.ts";
import type { EnvironmentRoutes, Gateway } from "../../../src/gateway/gateway.ts";
import type { Clock } from "../../../src/process/clock.ts";
import type { Probe } from "../../../src/rollout/probe.ts";
import type { Member } from "../../../src/strategies/fleet.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import type { Scenario } from "./scenario.ts";
import { Traffic } from "./traffic.ts";

interface Running {
  readonly instance: Instance;
  readonly healthyAt: number;
  /** When it will end by itself. */
  readonly crashAt: number;
}

const stale: Failure = { code: "stale-writer", message: "somebody else has the lease" };
/** Of a call that was done or not. */
export const noAnswer: Failure = { code: "driver-unreachable", message: "it did not answer" };
const broken: Failure = { code: "gateway-unreachable", message: "it does not answer" };
const environment = "staging";

/**
 * The machine that survives every agent: instances, a gateway, fencing. Each change is looked at; what breaks a promise
 * throws, and is kept, since whoever called may take a throw for a failure.
 */
export class Machine {
  /** How time really passes. */
  readonly clock = new VirtualClock();
  /** What everybody else goes by: somebody may set it. */
  readonly wall: Clock = {
    now: () => this.clock.now() + this.#setByMs,
    monotonic: () => this.clock.monotonic(),
    wait: (ms, signal) => this.clock.wait(ms, signal),
  };
  readonly violations: string[] = [];
  /** Writes that were refused because their token was old. */
  refused = 0;
  /** Faults are over: nothing fails or ends by itself any more. */
  isCalm = false;
  /** How often somebody has set the clock. */
  clockSets = 0;
  readonly #scenario: Scenario;
  readonly #trace: (line: string) => void;
  readonly #running = new Map<string, Running>();
  readonly #ended = new Map<string, Instance>();
  /** Services of deployments that have been healthy, and instances that ended by themselves. */
  readonly #wereHealthy = new Set<string>();
  readonly #crashed = new Set<string>();
  readonly #crashes: { readonly id: string; readonly at: number }[] = [];
  /** Until when an instance has requests under way that it got while it was routed. */
  readonly #busyUntil = new Map<string, number>();
  /** Drains that were given up: the rest is lost, as the user's limit says. */
  readonly #excused = new Set<string>();
  readonly #jobs = new Map<
    string,
    { readonly id: string; environment: string; startedAt: number; endsAt: number; code: number }
  >();
  readonly #links = new Map<string, string>();
  #table: EnvironmentRoutes | undefined;
  #token = { driver: 0, gateway: 0 };
  #ports = 4_000;
  #setByMs = 0;
  readonly #traffic: Traffic;

  constructor(scenario: Scenario, trace: (line: string) => void) {
    this.#scenario = scenario;
    this.#trace = trace;
    this.#traffic = new Traffic(scenario.traffic);
    for (const member of scenario.before.members) this.#place(member, scenario.specs.get(1)!.services, 0);
  }

  /** The ids of what runs. */
  get running(): string[] {
    return [...this.#running.keys()].sort();
  }

  /** The ids of those that get requests from outside, by prefix. */
  get routed(): ReadonlyMap<string, readonly string[]> {
    const routes = this.#table?.routes ?? [];
    return new Map(
      routes.map(({ prefix, pools }) => [prefix, pools.flatMap(({ backends }) => backends.map((one) => one.instance))]),
    );
  }

  get nextCrashAt(): number {
    return this.isCalm ? Number.POSITIVE_INFINITY : Math.min(...[...this.#running.values()].map((one) => one.crashAt));
  }

  /** Instances of a deployment that ended by themselves, and when. */
  crashesOf(deployment: number): readonly { readonly id: string; readonly at: number }[] {
    return this.#crashes.filter(({ id }) => id.startsWith(`d${deployment}-`));
  }

  /** Ends what ends by itself by now. */
  crash(): void {
    for (const [id, { crashAt }] of this.#running) {
      if (this.isCalm || crashAt > this.clock.now()) continue;
      this.#crashed.add(id);
      this.#crashes.push({ id, at: this.clock.now() });
      this.#end(id, 1);
    }
  }

  /** What happens to a machine beside what its processes do. */
  befall(): void {
    const { dice, setsClock, restartsGateway } = this.#scenario;
    if (this.isCalm) return;
    if (dice.chance(setsClock)) {
      this.#setByMs += dice.pick(-3_600_000, -700, 700, 40_000, 3_600_000, 86_400_000);
      this.clockSets += 1;
      this.#trace(`${this.clock.now()} ms: the clock is set by ${this.#setByMs} ms`);
    }
    if (dice.chance(restartsGateway)) {
      this.#trace(`${this.clock.now()} ms: the gateway is restarted`);
      this.#traffic.pass(this.#table, this.clock.now());
      this.#traffic.restart(this.clock.now());
    }
  }

  /** What is there before the simulation begins: healthy, routed. */
  settle(routes: EnvironmentRoutes): void {
    for (const { instance } of this.#running.values()) this.#wereHealthy.add(keyOf(instance));
    this.#table = routes;
  }

  placeOf(id: string): Pick<Instance, "address"> {
    const address = this.#running.get(id)?.instance.address;
    return address === undefined ? {} : { address };
  }

  readonly probe: Probe = async (address) => {
    const found = [...this.#running.values()].find(({ instance }) => instance.address?.port === address.port);
    const healthy = found !== undefined && this.clock.now() >= found.healthyAt;
    if (healthy) this.#wereHealthy.add(keyOf(found.instance));
    return { healthy, answer: healthy ? "200" : "503" };
  };

  /** Answers as the driver does whose writes carry a token; the rest of `Driver` is the agent's. */
  start(spec: InstanceSpec, token: number): Result<Instance> {
    if (!this.#accepts("driver", token)) return failed(stale);
    const known = this.#running.get(spec.id);
    if (known !== undefined) return ok(known.instance);
    if (this.#fails()) return failed({ code: "no-space", message: "no more processes" });
    const { services } = this.#scenario.specs.get(spec.deployment)!;
    const needs = services.find(({ name }) => name === spec.service)?.needs ?? [];
    for (const need of needs) {
      if (!this.#wereHealthy.has(`${spec.deployment} ${need}`))
        this.#violated(`${spec.id} was started before ${need}, which it needs`);
      if (spec.env[`${need.toUpperCase()}_URL`] !== `http://${this.#links.get(`${spec.deployment} ${need}`)}`)
        this.#violated(`${spec.id} was not told where ${need} of its own deployment is`);
    }
    return ok(this.#place(spec, services, this.#scenario.dice.pick(0, 50, 900)));
  }

  stop(id: string, graceMs: number, token: number): Result<"asked" | "gone"> {
    if (!this.#accepts("driver", token)) return failed(stale);
    const found = this.#running.get(id);
    if (found === undefined) return ok("gone");
    if (this.#fails()) return failed(noAnswer);
    // Only the restart of one that hung gives no time; nothing of this is meant for it.
    if (graceMs > 0) this.#mayStop(found.instance);
    this.#end(id, 0);
    return ok("asked");
  }

  /** A job goes on when its agent dies, and begins only once. */
  startJob({ id, environment }: JobSpec, token: number): Result<Job> {
    if (!this.#accepts("driver", token)) return failed(stale);
    const { dice, callFails } = this.#scenario;
    const startedAt = this.clock.now();
    const code = !this.isCalm && dice.chance(callFails) ? 1 : 0;
    if (this.#fails()) return failed(noAnswer);
    const known = this.#jobs.get(id) ?? { id, environment, startedAt, endsAt: startedAt + dice.pick(0, 500), code };
    this.#jobs.set(id, known);
    return ok(this.job(id)!);
  }

  stopJob(id: string, token: number): Result<"asked" | "gone"> {
    if (!this.#accepts("driver", token)) return failed(stale);
    const known = this.#jobs.get(id);
    if (known === undefined || known.endsAt <= this.clock.now()) return ok("gone");
    this.#jobs.set(id, { ...known, endsAt: this.clock.now(), code: 1 });
    return ok("asked");
  }

  job(id: string): Job | undefined {
    const known = this.#jobs.get(id);
    if (known === undefined) return undefined;
    const { environment, startedAt, endsAt, code } = known;
    const exit = { code, signal: null };
    const isOver = endsAt <= this.clock.now();
    return {
      id,
      environment,
      startedAt,
      state: isOver ? { state: "ended", exit, timedOut: false } : { state: "running" },
    };
  }

  readonly observe: Driver["observe"] = async () =>
    ok([...[...this.#running.values()].map(({ instance }) => instance), ...this.#ended.values()]);

  apply(routes: EnvironmentRoutes): Awaited<ReturnType<Gateway["apply"]>> {
    if (!this.#accepts("gateway", routes.token)) return failed(stale);
    if (this.#fails()) return failed(broken);
    this.#trace(`${this.clock.now()} ms: table ${JSON.stringify(routes)}`);
    this.#judge(routes);
    this.#leave(routes);
    this.#traffic.pass(this.#table, this.clock.now());
    this.#table = routes;
    const internal = routes.internal.map(({ service, deployment }) => {
      const key = `${deployment} ${service}`;
      const address = this.#links.get(key) ?? `127.0.0.1:${++this.#ports}`;
      this.#links.set(key, address);
      return { service, deployment, address };
    });
    return ok({ internal });
  }

  look(): Awaited<ReturnType<Gateway["observe"]>> {
    const environments = this.#table === undefined ? [] : [this.#table];
    this.#traffic.pass(this.#table, this.clock.now());
    return ok({ processes: [{ pid: 1, since: 0 }], environments, removed: [], instances: this.#traffic.counted() });
  }

  remove(token: number): Result<void> {
    if (!this.#accepts("gateway", token)) return failed(stale);
    this.#leave(undefined);
    this.#traffic.pass(this.#table, this.clock.now());
    this.#table = undefined;
    return ok();
  }

  async drain(ids: readonly string[], limitMs: number): Promise<Result<{ readonly left: number }>> {
    const until = Math.max(0, ...ids.map((id) => this.#busyUntil.get(id) ?? 0)) - this.clock.now();
    await this.clock.wait(Math.min(until, limitMs));
    const left = ids.filter((id) => (this.#busyUntil.get(id) ?? 0) > this.clock.now());
    for (const id of left) this.#excused.add(id);
    return ok({ left: left.length });
  }

  #place(member: Member | InstanceSpec, services: readonly { name: string; route: unknown }[], healthyInMs: number) {
    const { id, service, release, deployment } = member;
    const { dice, crashes, isSick } = this.#scenario;
    const [now, startedAt] = [this.clock.now(), this.wall.now()];
    const listens = services.find(({ name }) => name === service)?.route !== false;
    const address = listens ? { address: { host: "127.0.0.1", port: ++this.#ports } } : {};
    const instance: Instance = {
      ...{ id, environment, service, release, deployment, ...address },
      startedAt,
      state: { state: "running" },
    };
    const isEver = !(isSick && deployment === 2);
    const crashAt = dice.chance(crashes) ? now + 1 + dice.below(15_000) : Number.POSITIVE_INFINITY;
    this.#running.set(id, { instance, healthyAt: isEver ? now + healthyInMs : Number.POSITIVE_INFINITY, crashAt });
    this.#ended.delete(id);
    this.#crashed.delete(id);
    // A worker is asked nothing.
    if (!listens) this.#wereHealthy.add(keyOf(instance));
    return instance;
  }

  #end(id: string, code: number): void {
    const { instance } = this.#running.get(id)!;
    this.#running.delete(id);
    this.#busyUntil.delete(id);
    this.#excused.delete(id);
    this.#ended.set(id, { ...instance, state: { state: "ended", exit: { code, signal: null } } });
  }

  #accepts(what: "driver" | "gateway", token: number): boolean {
    if (token < this.#token[what]) {
      this.refused += 1;
      return false;
    }
    this.#token[what] = token;
    return true;
  }

  #fails(): boolean {
    return !this.isCalm && this.#scenario.dice.chance(this.#scenario.callFails / 4);
  }

  /** Promises 11 and 12, of a table that is about to be in force. */
  #judge({ routes, internal }: EnvironmentRoutes): void {
    for (const { prefix, pools } of routes) {
      const sum = pools.reduce((total, { share }) => total + share, 0);
      if (pools.length > 0 && Math.abs(sum - 1) > 1e-9) this.#violated(`shares of ${prefix} add up to ${sum}`);
      const backends = pools.flatMap((pool) => pool.backends);
      for (const { instance } of backends) {
        const found = this.#running.get(instance);
        if (found === undefined && !this.#crashed.has(instance))
          this.#violated(`${instance} is routed and does not run`);
        if (found !== undefined && this.clock.now() < found.healthyAt && !this.#wasRouted(instance))
          this.#violated(`${instance} is routed and was never healthy`);
      }
      const served = this.#table?.routes.find((route) => route.prefix === prefix)?.pools.length ?? 0;
      if (this.#scenario.keepsServing && this.#scenario.crashes === 0 && served > 0 && backends.length === 0)
        this.#violated(`nobody serves ${prefix} any more`);
    }
    for (const { deployment, backends } of internal)
      for (const { instance } of backends)
        if (!instance.startsWith(`d${deployment}-`))
          this.#violated(`${instance} gets calls of deployment ${deployment}`);
  }

  #wasRouted(id: string): boolean {
    return [...this.routed.values()].some((ids) => ids.includes(id));
  }

  /** Those that get no more requests still have some under way. */
  #leave(routes: EnvironmentRoutes | undefined): void {
    const staying = new Set(
      (routes?.routes ?? []).flatMap(({ pools }) => pools.flatMap((pool) => pool.backends.map((one) => one.instance))),
    );
    for (const id of new Set([...this.routed.values()].flat())) {
      if (staying.has(id) || !this.#running.has(id)) continue;
      const { dice } = this.#scenario;
      const lasts = dice.chance(0.02) ? 60_000 : dice.below(2_000);
      this.#busyUntil.set(id, this.clock.now() + lasts);
    }
    for (const id of staying) this.#busyUntil.delete(id);
  }

  #mayStop({ id, service, deployment }: Instance): void {
    if (this.#wasRouted(id)) this.#violated(`${id} was stopped while it gets requests`);
    if ((this.#busyUntil.get(id) ?? 0) > this.clock.now() && !this.#excused.has(id))
      this.#violated(`${id} was stopped with requests under way`);
    const { services } = this.#scenario.specs.get(deployment)!;
    for (const { instance } of this.#running.values()) {
      if (instance.deployment !== deployment) continue;
      if (services.find(({ name }) => name === instance.service)?.needs?.includes(service))
        this.#violated(`${id} was stopped before ${instance.id}, which needs it`);
    }
  }

  #violated(what: string): void {
    this.violations.push(`${this.clock.now()} ms: ${what}`);
  }
}

function keyOf({ deployment, service }: Instance): string {
  return `${deployment} ${service}`;
}
