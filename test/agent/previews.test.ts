import { join } from "node:path";
import { expect, test } from "vitest";
import { makeEnvironment, makeForDeployment, noteDestroying, noteSeeded } from "../../src/agent/environments/making.ts";
import type { EnvironmentHands } from "../../src/agent/environments/performer-world.ts";
import { Previews } from "../../src/agent/previews.ts";
import type { AgentWorld } from "../../src/agent/world.ts";
import { aboutOf } from "../../src/environment/about.ts";
import type { DeploymentSpec } from "../../src/environment/spec.ts";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { type EnvironmentAbout, environmentAboutCodec, type ResourceSpec } from "../../src/records/resource.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { failureOf, unwrap } from "../app/ports.ts";
import { tempFolder } from "../support/temp-folder.ts";

const minute = 60_000;
const resource: ResourceSpec = { resource: "folder", name: "uploads", backup: { keep: 1, maxAgeMs: 1 } };

function aboutPreview(endsAt: number): EnvironmentAbout {
  const preview = { from: "staging", ttlMs: minute, endsAt, data: "empty" } as const;
  return { createdAt: 1, owner: "ada", state: "creating", protected: false, resources: [resource], preview };
}

/** A store whose process is killed before its n-th call. */
function killedBefore(store: Store, calls: number): Store {
  let left = calls;
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) =>
        left-- > 0 ? value.apply(target, args) : failed({ code: "interrupted", message: "killed" });
    },
  });
}

async function scene() {
  const folder = tempFolder();
  const store = unwrap(await openStore(join(folder, "state.db")));
  const told: Event[] = [];
  const made: string[] = [];
  const lease = unwrap(await store.acquireLease({ environment: "login", holder: "one", ttlMs: minute }));
  const hands = (over: Store = store) =>
    ({
      world: { store: over, now: () => 7 },
      lease,
      tell: (event: Event) => told.push(event),
    }) as unknown as EnvironmentHands;
  const ensure = async (specs: readonly ResourceSpec[]): Promise<Result<void>> => {
    for (const { name } of specs) if (!made.includes(name)) made.push(name);
    return ok();
  };
  const about = async () => unwrap(aboutOf(unwrap(await store.environment("login"))));
  return { folder, store, told, made, lease, hands, ensure, about };
}

const fill = async () => ok();

test("promise 10: a create that is killed before any of its steps is finished by the next one, which makes nothing twice", async () => {
  for (let calls = 0; calls < 6; calls += 1) {
    const { store, hands, ensure, made, told, about } = await scene();
    await makeEnvironment(hands(killedBefore(store, calls)), aboutPreview(50), { ensure, fill });
    unwrap(await makeEnvironment(hands(), aboutPreview(50), { ensure, fill }));
    expect(await about()).toMatchObject({ state: "ready", owner: "ada", preview: { endsAt: 50 } });
    expect(made).toEqual(["uploads"]);
    expect(told.map(({ type }) => type)).toEqual(["environmentCreated"]);
    await store.close();
  }
});

test("promise 10: what a preview begins with is filled in until that has worked, and never again", async () => {
  const { store, hands, ensure, about } = await scene();
  const fills: Result<void>[] = [];
  const outcomes = [failed({ code: "no-space", message: "full" }), ok(), ok()];
  const next = async () => fills[fills.push(outcomes[fills.length]!) - 1]!;
  expect(failureOf(await makeEnvironment(hands(), aboutPreview(50), { ensure, fill: next })).code).toBe("no-space");
  expect(await about()).toMatchObject({ state: "creating" });
  unwrap(await makeEnvironment(hands(), aboutPreview(50), { ensure, fill: next }));
  unwrap(await makeEnvironment(hands(), aboutPreview(60), { ensure, fill: next }));
  expect(fills).toHaveLength(2);
  await store.close();
});

test("promise 10: a deployment to a preview that has ended meanwhile makes nothing", async () => {
  const { store, hands, ensure, made, about } = await scene();
  const spec = {
    environment: "login",
    preview: { from: "staging", off: [] },
    resources: [resource],
  } as unknown as DeploymentSpec;
  const refused = await makeForDeployment(hands(), spec, { by: undefined, ensure });
  expect(failureOf(refused)).toMatchObject({
    code: "unknown-environment",
    hint: expect.stringContaining("env create --preview login"),
  });
  expect([made, await about()]).toEqual([[], undefined]);
  await store.close();
});

test("the first deployment makes the environment, and the next ones leave what is known of it", async () => {
  const { store, hands, ensure, made, about } = await scene();
  const spec = { environment: "login", protected: true, resources: [resource] } as unknown as DeploymentSpec;
  unwrap(await makeForDeployment(hands(), spec, { by: { user: "ada", host: "h", via: "cli" }, ensure }));
  const first = await about();
  expect(first).toMatchObject({ state: "ready", owner: "ada", protected: true, createdAt: 7, resources: [resource] });
  unwrap(await makeForDeployment(hands(), spec, { by: { user: "bob", host: "h", via: "cli" }, ensure }));
  expect([await about(), made]).toEqual([first, ["uploads"]]);
  await store.close();
});

test("that a seed has run changes nothing else of its preview, and is not said of another one of that name", async () => {
  const { store, hands, ensure, about } = await scene();
  unwrap(await makeEnvironment(hands(), aboutPreview(50), { ensure, fill }));
  unwrap(await makeEnvironment(hands(), aboutPreview(60), { ensure, fill }));
  unwrap(await noteSeeded(hands(), 2));
  expect((await about())?.preview).not.toHaveProperty("seededAt");
  unwrap(await noteSeeded(hands(), 1));
  expect(await about()).toMatchObject({ createdAt: 1, preview: { endsAt: 60, seededAt: 7 } });
  await store.close();
});

test("a preview that is made again without saying its branch keeps it", async () => {
  const { store, hands, ensure, about } = await scene();
  const { preview, ...rest } = aboutPreview(50);
  const branched = { ...rest, preview: { ...preview!, branch: "feature/login", folder: "/checkout" } };
  unwrap(await makeEnvironment(hands(), branched, { ensure, fill }));
  unwrap(await makeEnvironment(hands(), aboutPreview(60), { ensure, fill }));
  expect((await about())?.preview).toMatchObject({ branch: "feature/login", folder: "/checkout", endsAt: 60 });
  await store.close();
});

/** The previews of a project at a time, as an agent sees them. */
async function watching(previews: Readonly<Record<string, number>>) {
  const { folder, store } = await scene();
  for (const [environment, endsAt] of Object.entries(previews)) {
    const lease = unwrap(await store.acquireLease({ environment, holder: "one", ttlMs: minute }));
    unwrap(
      await store.describeEnvironment(lease, environmentAboutCodec.encode({ ...aboutPreview(endsAt), state: "ready" })),
    );
  }
  const clock = { now: 0, running: 0 };
  const world = { store, now: () => clock.now, paths: { folder }, report: () => {} } as unknown as AgentWorld;
  const agent = () => new Previews(world, () => clock.running);
  const due = async (from: Previews, busy: readonly string[] = []) =>
    unwrap(await from.due(busy)).map(({ name }) => name);
  return { store, clock, agent, due };
}

test("promise 10: previews end in time, but not while they are deployed to", async () => {
  const { store, clock, agent, due } = await watching({ one: 10 * minute, two: 20 * minute });
  const previews = agent();
  expect(await due(previews)).toEqual([]);
  Object.assign(clock, { now: 15 * minute, running: 15 * minute });
  expect(await due(previews, ["one"])).toEqual([]);
  expect(await due(previews)).toEqual(["one"]);
  await store.close();
});

test("promise 10: a clock that jumps ends no preview at once, neither while the agent runs nor across its restart", async () => {
  const { store, clock, agent, due } = await watching({ one: 600 * minute });
  const first = agent();
  expect(await due(first)).toEqual([]);
  Object.assign(clock, { now: 700 * minute, running: minute });
  expect(await due(first)).toEqual([]);
  clock.now = 0;
  expect(await due(first)).toEqual([]);
  Object.assign(clock, { now: 800 * minute, running: 0 });
  const second = agent();
  expect(await due(second)).toEqual([]);
  Object.assign(clock, { now: 811 * minute, running: 11 * minute });
  expect(await due(second)).toEqual(["one"]);
  await store.close();
});

test("promise 10: what somebody began to destroy is due whatever the clock says", async () => {
  const { store, lease, hands, ensure } = await scene();
  unwrap(await makeEnvironment(hands(), aboutPreview(50), { ensure, fill }));
  unwrap(await noteDestroying(hands()));
  const world = { store, now: () => 0, paths: { folder: tempFolder() }, report: () => {} } as unknown as AgentWorld;
  expect(unwrap(await new Previews(world, () => 0).due([]))).toEqual([
    { name: lease.environment, because: "unfinished" },
  ]);
  await store.close();
});

test("promise 10: one that was prolonged while it waited to be destroyed stays", async () => {
  const { store, clock, agent } = await watching({ one: 10 * minute });
  const previews = agent();
  unwrap(await previews.due([]));
  Object.assign(clock, { now: 15 * minute, running: 15 * minute });
  const [ended] = unwrap(await previews.due([]));
  expect(unwrap(await previews.hasEnded(ended!))).toBe(true);
  const lease = unwrap(await store.acquireLease({ environment: "one", holder: "one", ttlMs: minute }));
  unwrap(
    await store.describeEnvironment(
      lease,
      environmentAboutCodec.encode({ ...aboutPreview(60 * minute), state: "ready" }),
    ),
  );
  expect(unwrap(await previews.hasEnded(ended!))).toBe(false);
  await store.close();
});
