import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ManagedEnvironment } from "../../src/agent/environments/managed-environment.ts";
import { PreviewKeeper } from "../../src/agent/preview-keeper.ts";
import { Previews } from "../../src/agent/previews.ts";
import type { AgentWorld } from "../../src/agent/world.ts";
import { TurnTaker } from "../../src/concurrency/turn-taker.ts";
import { endAgainMs, type Unended } from "../../src/environment/previews.ts";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import { type EnvironmentAbout, environmentAboutCodec } from "../../src/records/resource.ts";
import { openStore } from "../../src/store/open.ts";
import { failureOf, unwrap } from "../app/ports.ts";
import { tempFolder } from "../support/temp-folder.ts";

const second = 1_000;
const minute = 60 * second;
const full = { code: "no-space", message: "The disk is full" } as const;

function about(endsAt: number, data: "empty" | "snapshot" = "empty"): EnvironmentAbout {
  const preview = { from: "staging", ttlMs: minute, endsAt, data };
  return { createdAt: 1, state: "ready", protected: false, resources: [], preview };
}

/** A keeper of one preview, `login`, that ends at 0, and whose end has these outcomes. */
async function keeping(outcomes: readonly Result<void>[]) {
  const folder = tempFolder();
  const store = unwrap(await openStore(join(folder, "state.db")));
  const lease = unwrap(await store.acquireLease({ environment: "login", holder: "one", ttlMs: minute }));
  unwrap(await store.describeEnvironment(lease, environmentAboutCodec.encode(about(0))));
  const clock = { now: 5, running: 0 };
  const left = [...outcomes];
  const noted: Unended[] = [];
  const environment = {
    name: "login",
    destroy: async () => left.shift() ?? ok(),
    noteUnended: async (unended: Unended) => ok(void noted.push(unended)),
    create: async () => ok(),
    acting: <T>(_: string, work: () => Promise<T>) => work(),
    tell: () => {},
  } as unknown as ManagedEnvironment;
  const taker = new TurnTaker();
  const inTurn = <T>(name: string, _: unknown, work: (one: ManagedEnvironment) => Promise<T>) =>
    taker.take(name, () => work(environment));
  const world = { store, now: () => clock.now, paths: { folder }, report: () => {} } as unknown as AgentWorld;
  const keeper = new PreviewKeeper(world, { atWork: () => [], inTurn, watched: inTurn }, () => clock.running);
  unwrap(await keeper.look());
  const tries = () => outcomes.length - left.length;
  return { folder, world, store, clock, keeper, noted, tries };
}

test("the wait before a preview's end is tried again doubles, and has a bound", () => {
  expect([1, 2, 3, 8, 99].map(endAgainMs)).toEqual([5_000, 10_000, 20_000, 600_000, 600_000]);
});

test("a preview that cannot be destroyed is tried again after longer and longer, and its record says why it is there", async () => {
  const { store, clock, keeper, noted, tries } = await keeping([failed(full), failed(full), ok(), ok()]);
  await keeper.tend();
  for (const running of [2 * second, 4 * second]) {
    clock.running = running;
    await keeper.tend();
    unwrap(await keeper.sweep({ tell: () => {} }));
  }
  expect([tries(), noted]).toEqual([1, [{ at: 5, tries: 1, againAt: 5_005, failure: full }]]);
  clock.running = 5 * second;
  expect(failureOf(await keeper.sweep({ tell: () => {} }))).toEqual(full);
  clock.running = 14 * second;
  await keeper.tend();
  expect([tries(), noted.at(-1)]).toEqual([2, { at: 5, tries: 2, againAt: 10_005, failure: full }]);
  clock.running = 15 * second;
  await keeper.tend();
  expect(tries()).toBe(3);
  await store.close();
});

test("a preview that went in somebody else's turn, while it was looked at, keeps the agent no longer", async () => {
  const { store, clock, world } = await keeping([]);
  const lease = unwrap(await store.acquireLease({ environment: "login", holder: "one", ttlMs: minute }));
  const going = { ...about(60 * minute), state: "destroying" } as const;
  unwrap(await store.describeEnvironment(lease, environmentAboutCodec.encode(going)));
  const never = async () => ok();
  const turns = { atWork: () => ["login"], inTurn: never, watched: never };
  const keeper = new PreviewKeeper(world, turns, () => clock.running);
  unwrap(await keeper.sweep({ tell: () => {} }));
  unwrap(await store.describeEnvironment(lease, undefined));
  clock.running += 2 * second;
  await keeper.tend();
  expect(keeper.areThere).toBe(false);
  await store.close();
});

test("what failed at the end of a preview keeps no other one of its name from ending in time", async () => {
  const { store, clock, keeper, tries } = await keeping([failed(full), ok()]);
  await keeper.tend();
  clock.running = second;
  await keeper.tend();
  expect(tries()).toBe(1);
  unwrap(await keeper.create({ environment: "login", about: about(0), secrets: new Map() }, { tell: () => {} }));
  await keeper.tend();
  expect(tries()).toBe(2);
  await store.close();
});

test("a preview that is to begin with what it has itself is refused, and keeps no other one from being made", async () => {
  const { store, keeper } = await keeping([]);
  const create = (environment: string, from: string) => {
    const { preview, ...rest } = about(0, "snapshot");
    const wanted = { ...rest, preview: { ...preview!, from } };
    return keeper.create({ environment, about: wanted, secrets: new Map() }, { tell: () => {} });
  };
  expect(failureOf(await create("login", "login"))).toMatchObject({
    code: "environment-taken",
    message: "login cannot be a preview of itself",
  });
  unwrap(await create("login", "staging"));
  await store.close();
});

test("when the clock was looked at is written down now and then, not with every look, and not while it is not trusted", async () => {
  const { folder, world, store, clock } = await keeping([]);
  const file = join(folder, "clock-seen");
  const previews = new Previews(world, () => clock.running);
  const looked = async (now: number, running: number) => {
    Object.assign(clock, { now, running });
    unwrap(await previews.due([]));
    return readFileSync(file, "utf8");
  };
  expect(existsSync(file)).toBe(true);
  expect(await looked(9 * minute, 9 * minute)).toBe("5");
  expect(await looked(11 * minute, 11 * minute)).toBe(String(11 * minute));
  expect(await looked(12 * minute, 12 * minute)).toBe(String(11 * minute));
  expect(await looked(2 * minute, 13 * minute)).toBe(String(2 * minute));
  const jumped = 500 * minute;
  expect(await looked(jumped, 14 * minute)).toBe(String(2 * minute));
  expect(await looked(jumped + 11 * minute, 25 * minute)).toBe(String(jumped + 11 * minute));
  await store.close();
});
