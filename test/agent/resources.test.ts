import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { EnvironmentResources } from "../../src/agent/environments/resources.ts";
import type { FailureCode } from "../../src/errors/codes.ts";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { systemClock } from "../../src/process/clock.ts";
import type { ResourceSpec } from "../../src/records/resource.ts";
import { Providers } from "../../src/resources/registry.ts";
import type { ResourceProvider } from "../../src/resources/resource.ts";
import { redactDeep } from "../../src/secrets/redaction/redact.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { got, testHost } from "../resources/ledger.ts";
import { tempFolder } from "../support/temp-folder.ts";

const hour = 60 * 60_000;
const spec = (name: string, everyMs?: number): ResourceSpec => ({
  resource: "folder",
  name,
  backup: { keep: 2, maxAgeMs: 0, ...(everyMs !== undefined && { everyMs }) },
});

const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** Keeps everything in memory, as the real ones do on a disk; its nth call fails. */
class FakeProvider {
  readonly there = new Map<string, string>();
  readonly saved = new Map<string, string>();
  failAt = Number.POSITIVE_INFINITY;
  /** Why a call fails. */
  code: FailureCode = "resource-unreachable";
  /** Every later call fails, too. */
  isBroken = false;
  calls = 0;

  #call(): Result<void> {
    this.calls += 1;
    if (this.isBroken ? this.calls < this.failAt : this.calls !== this.failAt) return ok();
    return failed({ code: this.code, message: "It does not answer" });
  }

  readonly provider: ResourceProvider = {
    kind: "folder",
    create: async ({ name }, { note }) => {
      const noted = await note({ name });
      if (!noted.ok) return noted;
      this.there.set(name, this.there.get(name) ?? "");
      const called = this.#call();
      return called.ok ? ok({ name }) : called;
    },
    connect: async ({ name }) => ok({ path: `/${name}`, password: new Secret("long enough") }),
    observe: async () => ok({ state: "absent" }),
    destroy: async ({ name }) => {
      const called = this.#call();
      if (called.ok) this.there.delete(name);
      return called;
    },
    snapshots: {
      take: async ({ name }, _, snapshot) => {
        const called = this.#call();
        if (!called.ok) return called;
        this.saved.set(snapshot, this.there.get(name)!);
        return ok({ kind: "folder", bytes: 1, place: { kind: "folder", name: snapshot } });
      },
      restore: async ({ name }, _, { place }) => {
        const called = this.#call();
        if (called.ok) this.there.set(name, this.saved.get(place.name)!);
        return called;
      },
      rehearse: async () => this.#call(),
      forget: async (_, __, place) => {
        this.saved.delete(place.name);
        return ok();
      },
    },
  };
}

async function world(fake = new FakeProvider()) {
  const folder = tempFolder({}, "state");
  mkdirSync(join(folder, "snapshots"), { recursive: true });
  const store = got(await openStore(join(folder, "state.db")));
  stores.push(store);
  const lease = got(await store.acquireLease({ environment: "staging", holder: "one", ttlMs: hour }));
  const told: Event[] = [];
  const time = { now: 1_000_000 };
  const table = { folder: () => fake.provider, postgres: () => fake.provider, terraform: () => fake.provider };
  const problems: unknown[] = [];
  const tell = (event: Event) => void told.push(event);
  const open = () =>
    new EnvironmentResources({
      world: {
        resources: { host: testHost(folder), providers: new Providers(table) },
        store,
        now: () => time.now,
        clock: systemClock,
        report: (problem) => void problems.push(problem),
      },
      lease,
      tell,
      redact: (value) => redactDeep(value, [new Secret("hunter2 hunter2")]),
      signal: new AbortController().signal,
    });
  const ledger = async () => got(await store.resources("staging")).map(({ name }) => name);
  return { fake, store, told, tell, time, open, ledger, resources: open() };
}

describe("making resources", () => {
  test("that fails takes back what it made, and nothing else", async () => {
    const { fake, resources, ledger } = await world();
    got(await resources.ensure([spec("old")]));
    fake.failAt = fake.calls + 3;
    const failedToMake = await resources.ensure([spec("old"), spec("first"), spec("second")]);
    expect(failedToMake).toMatchObject({ ok: false, failures: [{ code: "resource-unreachable" }] });
    expect([...fake.there.keys()]).toEqual(["old"]);
    expect(await ledger()).toEqual(["old"]);
  });

  test("promise 11: whose taking back fails, too, is in the ledger, and the next one who tries makes it", async () => {
    const { fake, resources, ledger, open } = await world();
    for (let step = 1; step < 4; step += 1) {
      fake.failAt = fake.calls + step;
      fake.isBroken = true;
      await resources.ensure([spec("one"), spec("two")]);
      fake.isBroken = false;
      fake.failAt = Number.POSITIVE_INFINITY;
      for (const name of fake.there.keys()) expect(await ledger()).toContain(name);
      got(await open().ensure([spec("one"), spec("two")]));
      expect([...fake.there.keys()].sort()).toEqual(["one", "two"]);
      got(await open().destroyAll());
      expect([await ledger(), fake.there.size]).toEqual([[], 0]);
    }
  });

  test("promise 16: of a lease that somebody else has is refused before anything is made", async () => {
    const { fake, store, resources } = await world();
    got(await store.acquireLease({ environment: "staging", holder: "two", ttlMs: hour, isGone: () => true }));
    expect(await resources.ensure([spec("one")])).toMatchObject({ ok: false, failures: [{ code: "stale-writer" }] });
    expect(fake.there.size).toBe(0);
  });

  test("promise 17: of another kind under the same name is refused, and what is there stays", async () => {
    const { resources, ledger } = await world();
    got(await resources.ensure([spec("one")]));
    const other: ResourceSpec = { resource: "terraform", name: "one", dir: "/infra", variables: {} };
    expect(await resources.ensure([other])).toMatchObject({ ok: false, failures: [{ code: "resource-failed" }] });
    expect(await ledger()).toEqual(["one"]);
  });
});

describe("promise 11: a restore that failed in the middle", () => {
  test("is finished by the next one who recovers", async () => {
    const { fake, resources, open } = await world();
    got(await resources.ensure([spec("one")]));
    fake.there.set("one", "first");
    const [snapshot] = got(await resources.snapshots.take({ because: "asked" }));
    fake.there.set("one", "later");
    fake.failAt = fake.calls + 1;
    expect((await resources.restores.restore([snapshot!])).ok).toBe(false);
    expect(fake.there.get("one")).toBe("later");
    got(await open().recover(new Map()));
    expect(fake.there.get("one")).toBe("first");
  });
});

test("a restore that cannot go well later either is given up, and keeps no deployment from its resources", async () => {
  const { fake, resources } = await world();
  got(await resources.ensure([spec("one")]));
  const [snapshot] = got(await resources.snapshots.take({ because: "asked" }));
  fake.code = "resource-failed";
  fake.failAt = fake.calls + 1;
  expect(await resources.restores.restore([snapshot!])).toMatchObject({ failures: [{ code: "resource-failed" }] });
  fake.isBroken = true;
  fake.failAt = fake.calls + 2;
  got(await resources.ensure([spec("one")]));
});

test("what a preview is to begin with is the newest snapshots, and one made now of what has none", async () => {
  const { resources } = await world();
  got(await resources.ensure([spec("one"), spec("two")]));
  got(await resources.snapshots.take({ because: "asked", resources: ["one"] }));
  expect(got(await resources.restores.toCopy()).map(({ resource, id }) => [resource, id])).toEqual([
    ["one", 1],
    ["two", 2],
  ]);
});

describe("scheduled backups", () => {
  test("are made when they are due, tried, and told; the next one counts from there", async () => {
    const { resources, told, tell, time } = await world();
    got(await resources.ensure([spec("one", hour), spec("never")]));
    expect(resources.isDue()).toBe(true);
    got(await resources.backUpDue(tell));
    expect(told.map(({ type }) => type).slice(-2)).toEqual(["snapshotMade", "snapshotRehearsed"]);
    expect(resources.isDue()).toBe(false);
    time.now += hour;
    expect(resources.isDue()).toBe(true);
  });

  test("promise 18: that fail are told, kept in the ledger until one succeeds, and tried again later", async () => {
    const { fake, resources, told, tell, time, store } = await world();
    got(await resources.ensure([spec("one", hour)]));
    fake.failAt = fake.calls + 1;
    got(await resources.backUpDue(tell));
    expect(told.at(-1)).toMatchObject({ type: "backupFailed", resource: "one" });
    expect(resources.isDue()).toBe(false);
    expect(got(await store.resources())).toMatchObject([{ document: { backup: { problem: "It does not answer" } } }]);
    time.now += hour;
    got(await resources.backUpDue(tell));
    const [record] = got(await store.resources());
    expect(record?.document).not.toHaveProperty("backup.problem");
  });

  test("keep the newest ones, and remove the others", async () => {
    const { fake, resources, tell, time, store } = await world();
    got(await resources.ensure([spec("one", hour)]));
    for (let round = 0; round < 4; round += 1) {
      time.now += hour;
      got(await resources.backUpDue(tell));
    }
    expect(got(await store.snapshots()).map(({ id }) => id)).toEqual([4, 3]);
    expect(fake.saved.size).toBe(2);
  });
});
