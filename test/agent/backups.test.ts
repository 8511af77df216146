import { describe, expect, test } from "vitest";
import { got } from "../resources/ledger.ts";
import { hour, spec, world } from "./resource-rig.ts";

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

describe("while a backup is made, however long that takes,", () => {
  const used = { FILES: { resource: "one", output: "path" } };

  /** A backup that stands in the middle of its first step until it is let go on. */
  async function held() {
    const rig = await world();
    got(await rig.resources.ensure([spec("one", hour)]));
    const gate = Promise.withResolvers<void>();
    rig.fake.gate = gate.promise;
    const backup = rig.resources.backUpDue(rig.tell);
    await rig.fake.atGate.promise;
    return { ...rig, letGo: gate.resolve, backup };
  }

  test("what starts gets its connections, and a deployment what it makes; neither ends the backup", async () => {
    const { fake, resources, letGo, backup, store } = await held();
    got(await resources.connections(used, new Map()));
    got(await resources.ensure([spec("one", hour), spec("two")]));
    expect(fake.done).toEqual([]);
    expect([resources.isBackingUp, resources.isDue()]).toEqual([true, false]);
    letGo();
    got(await backup);
    expect(fake.done).toEqual(["take scheduled", "rehearse"]);
    expect([resources.isBackingUp, resources.isDue()]).toEqual([false, false]);
    for (const { document } of got(await store.resources())) {
      expect(document).toMatchObject({ state: "ready" });
      expect(document).not.toHaveProperty("begun");
    }
  });

  test("a rehearsal keeps nobody waiting either", async () => {
    const { fake, resources, letGo, backup } = await held();
    const second = Promise.withResolvers<void>();
    fake.gate = second.promise;
    fake.atGate = Promise.withResolvers();
    letGo();
    await fake.atGate.promise;
    got(await resources.connections(used, new Map()));
    got(await resources.ensure([spec("one", hour)]));
    expect(fake.done).not.toContain("rehearse");
    second.resolve();
    got(await backup);
    expect(fake.done).toContain("rehearse");
  });

  test("a migration waits that has to save first, for the step under way alone", async () => {
    const { fake, resources, letGo, backup } = await held();
    const before = resources.snapshots.takeBeforeMigration(7, ["one"]).then(() => fake.done.push("migrate"));
    letGo();
    await Promise.all([backup, before]);
    expect(fake.done).toEqual(["take scheduled", "take beforeMigration", "migrate", "rehearse"]);
  });

  test.each(["restore", "destroy"])("a %s waits until it is over", async (what) => {
    const { fake, resources, letGo, backup } = await held();
    const snapshot = { resource: "one", kind: "folder", at: 1, because: "asked", bytes: 1, id: 9 } as const;
    const after =
      what === "destroy"
        ? resources.destroyAll()
        : resources.restores.restore([{ ...snapshot, place: { kind: "folder", name: "none" } }]);
    letGo();
    await Promise.all([backup, after]);
    expect(fake.done.slice(0, 2)).toEqual(["take scheduled", what]);
  });

  test("and it was killed, the next agent recovers without it, and makes it afterwards", async () => {
    const { fake, resources, open, tell, letGo, backup } = await held();
    got(await resources.connections(used, new Map()));
    const next = open();
    got(await next.recover(new Map()));
    expect(fake.done).toEqual([]);
    expect(next.isDue()).toBe(true);
    letGo();
    await backup;
    got(await next.backUpDue(tell));
    expect(next.isDue()).toBe(false);
  });
});

test("promise 6: why a backup failed is kept and told without any secret", async () => {
  const { fake, resources, told, tell, store } = await world();
  got(await resources.ensure([spec("one", hour)]));
  fake.message = "postgres://web:hunter2 hunter2@db refused it";
  fake.failAt = fake.calls + 1;
  got(await resources.backUpDue(tell));
  expect(told.at(-1)).toMatchObject({ type: "backupFailed" });
  expect(JSON.stringify([told, got(await store.resources())])).not.toContain("hunter2");
});
