import { describe, expect, test } from "vitest";
import type { KnownDeployments } from "../../src/agent/environments/known-deployments.ts";
import { restoreResources, usersOf } from "../../src/agent/environments/restore-resources.ts";
import type { DeploymentSpec } from "../../src/environment/spec.ts";
import { failed, ok } from "../../src/errors/result.ts";
import type { ResourceSpec } from "../../src/records/resource.ts";
import type { Member } from "../../src/strategies/fleet.ts";
import { got } from "../resources/ledger.ts";
import { hour, spec, world } from "./resource-rig.ts";

describe("making resources", () => {
  test("that fails takes back what it made, and nothing else", async () => {
    const { fake, resources, ledger, told } = await world();
    got(await resources.ensure([spec("old")]));
    fake.failAt = fake.calls + 3;
    const failedToMake = await resources.ensure([spec("old"), spec("first"), spec("second")]);
    expect(failedToMake).toMatchObject({ ok: false, failures: [{ code: "resource-unreachable" }] });
    expect([...fake.there.keys()]).toEqual(["old"]);
    expect(await ledger()).toEqual(["old"]);
    expect(told.flatMap((one) => ("resource" in one ? [`${one.type} ${one.resource}`] : []))).toEqual([
      "resourceCreated old",
      "resourceCreated first",
      "resourceDestroyed first",
    ]);
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
    expect(await resources.ensure([other])).toMatchObject({ ok: false, failures: [{ code: "resource-changed" }] });
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

test("a restore without a number takes the newest snapshot that fits what serves, and says what to do where none does", async () => {
  const { resources } = await world();
  got(await resources.ensure([spec("one")]));
  const take = async (before?: number) => {
    const because =
      before === undefined
        ? { because: "asked" as const }
        : { because: "beforeMigration" as const, deployment: before };
    return got(await resources.snapshots.take(because))[0]!;
  };
  const first = await take(1);
  const migrated = { deployment: 1, at: first.at };
  const only = await resources.restores.choose({}, { ...migrated, at: first.at + 1 });
  expect(only).toMatchObject({
    failures: [{ code: "unknown-snapshot", hint: expect.stringContaining("--at 1 --yes && tidegate deploy staging") }],
  });
  const later = await take();
  expect(got(await resources.restores.choose({}, migrated)).map(({ id }) => id)).toEqual([later.id]);
  const beforeNext = await take(2);
  expect(got(await resources.restores.choose({}, migrated)).map(({ id }) => id)).toEqual([beforeNext.id]);
  expect(got(await resources.restores.choose({ at: first.id }, migrated)).map(({ id }) => id)).toEqual([first.id]);
  expect(got(await resources.restores.choose({})).map(({ id }) => id)).toEqual([beforeNext.id]);
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

test("whoever may use what is restored is stopped: also an instance of which nothing is known", async () => {
  const member = (id: string, service: string, deployment: number) => ({ id, service, deployment }) as Member;
  const members = [member("a", "web", 1), member("b", "mail", 1), member("c", "gone", 1), member("d", "web", 2)];
  const services = [{ name: "web", uses: { FILES: { resource: "one", output: "path" } } }, { name: "mail" }];
  const known: Pick<KnownDeployments, "read"> = {
    read: async (deployment) =>
      deployment === 1
        ? ok({ services } as unknown as DeploymentSpec)
        : failed({ code: "state-damaged", message: "It is not understood" }),
  };
  expect((await usersOf(members, known, ["one"])).map(({ id }) => id)).toEqual(["a", "c", "d"]);
  expect((await usersOf(members, known, ["two"])).map(({ id }) => id)).toEqual(["c", "d"]);
});

test("a snapshot that was left by an agent that was killed is waited for by who has to know that nothing is in hand", async () => {
  const { store, resources, open } = await world();
  got(await resources.ensure([spec("one")]));
  const lease = got(
    await store.acquireLease({ environment: "staging", holder: "two", ttlMs: hour, isGone: () => true }),
  );
  const [record] = got(await store.resources("staging"));
  const begun = { work: "snapshot", name: "left", at: 5, because: "asked" };
  got(await store.setResource(lease, "one", { ...(record!.document as object), begun }));
  const next = open(lease);
  got(await next.recover(new Map()));
  expect(got(await store.snapshots("staging"))).toEqual([]);
  got(await next.finishLeft());
  expect(got(await store.snapshots("staging"))).toHaveLength(1);
  got(await next.finishLeft());
  expect(got(await store.snapshots("staging"))).toHaveLength(1);
});

describe("a restore", () => {
  /** A service that writes to `one` until it is stopped. */
  async function restoring() {
    const { fake, resources, store, lease } = await world();
    got(await resources.ensure([spec("one")]));
    fake.there.set("one", "first");
    got(await resources.snapshots.take({ because: "asked" }));
    const user = { id: "a", service: "web", deployment: 1 } as Member;
    const done: string[] = [];
    const stop = async () => {
      if (done.length === 0) fake.there.set("one", "written last");
      done.push("stopped");
      return ok();
    };
    const known = { read: async () => failed({ code: "state-damaged", message: "It is not understood" }) };
    const bringBack = async () => ok(void done.push("brought back"));
    const restore = () =>
      restoreResources(
        { hands: { resources, world: { store }, lease, keeper: { members: [user], stop } }, known, bringBack },
        {},
      );
    return { fake, resources, restore, done };
  }

  test("can be undone: what instances wrote until they were stopped is in the snapshot before it", async () => {
    const { fake, resources, restore, done } = await restoring();
    got(await restore());
    expect([fake.there.get("one"), done]).toEqual(["first", ["stopped", "stopped", "brought back"]]);
    got(await resources.restores.restore(got(await resources.restores.choose({ at: 2 }))));
    expect(fake.there.get("one")).toBe("written last");
  });

  test("before which nothing can be saved is none: what is there stays, and its instances are brought back", async () => {
    const { fake, restore, done } = await restoring();
    fake.failAt = fake.calls + 1;
    expect(await restore()).toMatchObject({ failures: [{ code: "resource-unreachable" }] });
    expect([fake.there.get("one"), done]).toEqual(["written last", ["stopped", "brought back"]]);
  });
});
