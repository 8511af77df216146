import { beforeEach, describe, expect, test } from "vitest";
import { type Driver, defaultCapabilities, type Instance, type InstanceSpec } from "../../src/drivers/driver.ts";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import type { Applied, EnvironmentRoutes, Gateway } from "../../src/gateway/gateway.ts";
import { FleetKeeper } from "../../src/rollout/fleet-keeper.ts";
import type { Member } from "../../src/strategies/fleet.ts";
import { fleetOfMembers } from "../../src/strategies/fleet.ts";
import { HastyClock } from "../support/virtual-clock.ts";
import { fleetOf, membersFor, specOf } from "./fixtures.ts";

const shape = { release: "aaa", services: { web: 2 } };
const spec = specOf(shape);
const [one, two] = membersFor(shape, 1) as [Member, Member];
const fleet = fleetOf(shape, 1);
const alone = fleetOfMembers([one]);

/** A machine in memory: instances start at once, end when they are told to, and answer as they are told. */
class Machine {
  readonly instances = new Map<string, Instance>();
  readonly sick = new Set<string>();
  readonly tables: EnvironmentRoutes[] = [];
  readonly stopped: string[] = [];
  readonly events: Event[] = [];
  readonly reported: unknown[] = [];
  readonly clock = new HastyClock();
  gatewayEpoch = 0;
  gatewayHangs = false;
  /** Whether a call to the gateway has to start it. */
  gatewayRests = false;
  /** When the gateway answers. */
  gatewayAnswers = Promise.resolve();
  #ports = 4000;

  crash(id: string): void {
    const found = this.instances.get(id)!;
    this.instances.set(id, { ...found, state: { state: "ended", exit: { code: 9, signal: null } } });
  }

  /** The instances that the gateway sends requests to. */
  get routed(): string[] {
    return (this.tables.at(-1)?.routes ?? []).flatMap(({ pools }) =>
      pools.flatMap(({ backends }) => backends.map(({ instance }) => instance)),
    );
  }

  readonly driver: { -readonly [K in keyof Driver]: Driver[K] } = {
    start: async (asked: InstanceSpec) => {
      const known = this.instances.get(asked.id);
      if (known?.state.state === "running") return ok(known);
      const { id, environment, service, release, deployment } = asked;
      const address = { host: "127.0.0.1", port: ++this.#ports };
      const started: Instance = {
        id,
        environment,
        service,
        release,
        deployment,
        address,
        startedAt: 0,
        state: { state: "running" },
      };
      this.instances.set(id, started);
      return ok(started);
    },
    stop: async (_environment, id) => {
      this.stopped.push(id);
      const was = this.instances.get(id)?.state.state === "running";
      if (was) this.crash(id);
      return ok(was ? "asked" : "gone");
    },
    inspect: async () => ok([]),
    beside: async () => ok({ found: [] }),
    observe: async () => ok([...this.instances.values()]),
    async *follow() {
      yield Buffer.from("its last words\n");
    },
    async *watch() {},
    capabilities: defaultCapabilities,
    prepare: async () => ok(),
    forget: async () => ok(),
    destroyData: async () => ok(),
    verify: async () => ok(undefined),
    startJob: async ({ id, environment }) => ok({ id, environment, startedAt: 0, state: { state: "running" } }),
    observeJob: async () => ok(undefined),
    stopJob: async () => ok("gone"),
    remove: async () => ok(),
    tend: async () => {},
  };

  readonly gateway: Gateway = {
    apply: (routes) => {
      if (this.gatewayHangs) return new Promise<Result<Applied>>(() => {});
      if (this.gatewayRests) this.gatewayEpoch += 1;
      this.gatewayRests = false;
      this.tables.push(routes);
      return this.gatewayAnswers.then(() => ok({ internal: [] }));
    },
    remove: async () => {
      const listen = { host: "h", port: 1 };
      this.tables.push({ environment: "staging", token: 1, listen, hosts: [], routes: [], internal: [] });
      return ok();
    },
    observe: async () => ok({ processes: [{ pid: 1, since: 0 }], environments: [], removed: [], instances: [] }),
    drain: async () => ok({ left: 0 }),
  };

  keeper(): FleetKeeper {
    return new FleetKeeper({
      environment: "staging",
      driver: this.driver,
      gateway: this.gateway,
      gatewayEpoch: () => this.gatewayEpoch,
      probe: async (address) => {
        const found = [...this.instances.values()].find((instance) => instance.address?.port === address.port);
        const healthy = found !== undefined && !this.sick.has(found.id);
        return { healthy, answer: healthy ? "200" : "503" };
      },
      emit: (event) => this.events.push(event),
      token: () => 1,
      specOf: async () => ({ ...spec, services: spec.services.map((service) => ({ ...service, healthTimeoutMs: 1 })) }),
      instanceSpec: async (member) =>
        ok({ ...member, environment: "staging", command: "server", env: {}, listens: true }),
      clock: this.clock,
      report: (error) => this.reported.push(error),
    });
  }
}

let machine: Machine;
let keeper: FleetKeeper;
const never = new AbortController().signal;

/** Lets what goes on in the background come to rest. */
async function look(): Promise<void> {
  await keeper.look();
  await keeper.settled();
}

async function serving(): Promise<void> {
  await keeper.start([one, two], never);
  await keeper.route([one, two], fleet.traffic, 1);
}

/** All requests go to another deployment, and what is to be gone back to is kept: only `one`. */
async function replacedBy(deployment: number) {
  await keeper.start([one], never);
  await keeper.route([one], alone.traffic, 1);
  const [newer] = membersFor(shape, deployment) as [Member];
  await keeper.start([newer], never);
  await keeper.route([newer], fleetOfMembers([newer]).traffic, deployment);
  return alone;
}

beforeEach(() => {
  machine = new Machine();
  keeper = machine.keeper();
});

describe("the fleet keeper", () => {
  test("takes an instance that ended out of the traffic, and back when it runs again", async () => {
    await serving();
    machine.crash(one.id);
    await look();
    expect(machine.routed).toEqual([two.id]);
    expect(machine.events.at(-1)).toMatchObject({ type: "instanceLost", instance: one.id, restartInMs: 500 });
    machine.clock.time += 499;
    await look();
    expect(machine.routed).toEqual([two.id]);
    machine.clock.time += 1;
    await look();
    expect(machine.routed).toEqual([one.id, two.id]);
  });

  test("tells once why an instance cannot even be started, however often it is tried", async () => {
    await serving();
    const lost = () => machine.events.filter(({ type }) => type === "instanceLost").length;
    const start = machine.driver.start;
    const refuse = (message: string) => {
      machine.driver.start = async () => failed({ code: "secret-unreadable", message });
    };
    machine.crash(one.id);
    await look();
    refuse("the key is lost");
    for (let round = 0; round < 5; round += 1) {
      machine.clock.time += 30_000;
      await look();
    }
    expect(lost()).toBe(2);
    refuse("the key is of another state");
    machine.clock.time += 30_000;
    await look();
    expect(lost()).toBe(3);
    machine.driver.start = start;
    machine.clock.time += 30_000;
    await look();
    machine.crash(one.id);
    await look();
    expect(lost()).toBe(4);
  });

  test("waits twice as long before each restart, and begins anew after a minute without a loss", async () => {
    await serving();
    const pauses = () => machine.events.flatMap((event) => (event.type === "instanceLost" ? [event.restartInMs] : []));
    for (let round = 0; round < 8; round += 1) {
      machine.crash(one.id);
      await look();
      machine.clock.time += 30_000;
      await look();
    }
    expect(pauses()).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    machine.clock.time += 60_001;
    await look();
    machine.crash(one.id);
    await look();
    expect(pauses().at(-1)).toBe(500);
  });

  test("starts what requests are to go back to at once, whatever its backoff, and only then is it ready", async () => {
    const back = await replacedBy(2);
    machine.crash(one.id);
    await look();
    expect(await keeper.ready(back.members, back.traffic)).toEqual(ok());
    await keeper.route(back.members, back.traffic, 1);
    expect(machine.routed).toEqual([one.id]);
  });

  test("notices that what requests are to go back to has ended, though nobody has looked since", async () => {
    const back = await replacedBy(2);
    machine.crash(one.id);
    expect(await keeper.ready(back.members, back.traffic)).toEqual(ok());
    expect(machine.instances.get(one.id)?.state.state).toBe("running");
  });

  test("leaves requests where they are answered when nothing of what they are to go back to comes up", async () => {
    const back = await replacedBy(2);
    machine.crash(one.id);
    machine.sick.add(one.id);
    const ready = await keeper.ready(back.members, back.traffic);
    expect(ready.ok ? [] : ready.failures.map(({ code }) => code)).toEqual(["not-routed", "instance-unhealthy"]);
    expect(machine.routed).toEqual(["d2-web-1"]);
    // Where nobody answers anyway they lose nothing by it.
    machine.crash("d2-web-1");
    await look();
    machine.clock.time += 500;
    expect(await keeper.ready(back.members, back.traffic)).toEqual(ok());
  });

  test("leaves what runs alone when it takes over, and tells the gateway only once it has looked at everything", async () => {
    await serving();
    const addresses = [...machine.instances.values()].map(({ address }) => address?.port);
    const told = machine.tables.length;
    keeper = machine.keeper();
    keeper.adopt(fleet, 1);
    expect(machine.tables.length).toBe(told);
    expect(await keeper.settled()).toEqual([]);
    expect(machine.routed).toEqual([one.id, two.id]);
    expect([...machine.instances.values()].map(({ address }) => address?.port)).toEqual(addresses);
    expect(machine.stopped).toEqual([]);
  });

  test("does not take the requests from one that runs but is not well when it takes over", async () => {
    await serving();
    machine.sick.add(one.id).add(two.id);
    keeper = machine.keeper();
    keeper.adopt(fleet, 1);
    expect(await keeper.settled()).toEqual([]);
    expect(machine.routed).toEqual([one.id, two.id]);
  });

  test("leaves the gateway what serves when a state that was put back is older, until something of its own is up", async () => {
    await serving();
    const [newer] = membersFor(shape, 2) as [Member];
    await keeper.start([newer], never);
    await keeper.route([newer], fleetOfMembers([newer]).traffic, 2);
    for (const { id } of [one, two]) machine.instances.delete(id);
    machine.sick.add(one.id);
    keeper = machine.keeper();
    keeper.adopt(alone, 1);
    await keeper.settled();
    await look();
    expect(machine.routed).toEqual([newer.id]);
    machine.sick.delete(one.id);
    machine.clock.time += 500;
    await look();
    expect(machine.routed).toEqual([one.id]);
  });

  test("leaves it what serves also while the next deployment comes up, until that routes", async () => {
    await serving();
    const [newer] = membersFor(shape, 2) as [Member];
    await keeper.start([newer], never);
    await keeper.route([newer], fleetOfMembers([newer]).traffic, 2);
    for (const { id } of [one, two]) machine.instances.delete(id);
    machine.sick.add(one.id);
    keeper = machine.keeper();
    keeper.adopt(alone, 1);
    await keeper.settled();
    const [next] = membersFor(shape, 3) as [Member];
    expect(await keeper.start([next], never)).toEqual(ok());
    await look();
    expect(machine.routed).toEqual([newer.id]);
    await keeper.route([next], fleetOfMembers([next]).traffic, 3);
    expect(machine.routed).toEqual([next.id]);
  });

  test("says what does not come up after it took over, and why", async () => {
    machine.sick.add(one.id);
    keeper.adopt(alone, 1);
    machine.instances.clear();
    machine.driver.observe = async () => ok([]);
    expect(await keeper.settled()).toMatchObject([
      { member: one, failures: [{ code: "instance-exited", cause: expect.stringContaining("its last words") }] },
    ]);
  });

  test("ends one that hung in its restart before it starts it anew", async () => {
    await serving();
    machine.sick.add(one.id);
    machine.crash(one.id);
    await look();
    machine.clock.time += 500;
    await look();
    expect(machine.stopped).toEqual([]);
    machine.sick.delete(one.id);
    machine.clock.time += 1000;
    await look();
    expect(machine.stopped).toEqual([one.id]);
    expect(machine.routed).toEqual([one.id, two.id]);
  });

  test("restarts instances although the gateway does not answer", async () => {
    await serving();
    machine.gatewayHangs = true;
    machine.crash(one.id);
    await keeper.look();
    machine.clock.time += 500;
    await keeper.look();
    await expect.poll(() => machine.instances.get(one.id)?.state.state).toBe("running");
  });

  test("tells a gateway that was started anew, though nothing has changed", async () => {
    await serving();
    const told = machine.tables.length;
    await look();
    expect(machine.tables.length).toBe(told);
    machine.gatewayEpoch += 1;
    await look();
    expect(machine.tables.length).toBe(told + 1);
  });

  test("has told a gateway that its own call has started before the call resolves, and nothing later", async () => {
    machine.gatewayRests = true;
    await serving();
    const told = machine.tables.length;
    await look();
    expect(machine.tables.length).toBe(told);
  });

  test("tells all of it again also when a table was on its way", async () => {
    await serving();
    const told = machine.tables.length;
    const gate = Promise.withResolvers<void>();
    machine.gatewayAnswers = gate.promise;
    machine.gatewayEpoch += 1;
    const looked = look();
    await expect.poll(() => machine.tables.length).toBe(told + 1);
    const again = keeper.routeAgain();
    gate.resolve();
    await Promise.all([looked, again]);
    expect(machine.tables.length).toBe(told + 2);
  });

  test("gives the address up for good when the environment is left, whatever happens to its instances after", async () => {
    await serving();
    await keeper.leave();
    const told = machine.tables.length;
    machine.crash(one.id);
    await look();
    await keeper.stop([one, two]);
    await look();
    expect(machine.tables.length).toBe(told);
  });

  test("goes on looking after a throw, and reports it", async () => {
    await serving();
    const observe = machine.driver.observe;
    machine.driver.observe = () => Promise.reject(new Error("a bug"));
    const over = new AbortController();
    const tending = keeper.tend(over.signal);
    await expect.poll(() => machine.reported.length).toBeGreaterThan(0);
    machine.driver.observe = observe;
    machine.crash(one.id);
    await expect.poll(() => machine.events.at(-1)).toMatchObject({ type: "instanceHealthy", instance: one.id });
    over.abort();
    await tending;
  });
});
