import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { expectOk } from "./conformance.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-store-"));
  path = join(folder, "state.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The database as a version of before left it. */
function writeVersion(schema: 1 | 2): void {
  withDatabase((database) => {
    database.exec("PRAGMA journal_mode=WAL");
    database.exec(readFileSync(join(import.meta.dirname, `fixtures/schema-${schema}.sql`), "utf8"));
  });
}

function withDatabase<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

async function expectBroughtUp(store: Store): Promise<void> {
  const releases = expectOk(await store.releases());
  // In the order of their making: the times say otherwise.
  expect(releases.map((one) => [one.digest, one.made, one.shipped])).toEqual([
    [digest("c"), 3, 5],
    [digest("b"), 2, 2],
    [digest("a"), 1, 3],
  ]);
  const quarantine = { at: 1_790_000_008_000, reason: "rolled back in staging" };
  expect(releases[1]).toMatchObject({ createdAt: 1_790_000_001_000, run: "2", provenance: null, quarantine });
  expect(expectOk(await store.environments())).toEqual([
    {
      name: "production",
      serving: 3,
      stopped: false,
      members: { members: [{ id: "d3-web-1" }], routed: [] },
      lease: { holder: "agent 7", token: 1_790_000_004_500, expiresAt: 1_790_000_019_500 },
    },
    { name: "staging", serving: 4, stopped: true, members: { members: [{ id: "d4-web-1" }], routed: [] } },
  ]);
  const deployments = expectOk(await store.deployments());
  expect(deployments.map(({ id, kind, end }) => [id, kind, end?.outcome])).toEqual([
    [5, "deploy", undefined],
    [4, "rollback", "deployed"],
    [3, "promote", "deployed"],
    [2, "deploy", "reverted"],
    [1, "deploy", "deployed"],
  ]);
  expect(deployments[3]?.end?.failures).toMatchObject([{ code: "instance-unhealthy" }]);
  expect(expectOk(await store.journal(5)).map(({ event }) => event)).toEqual([
    { type: "planned", steps: [] },
    { type: "stepDone", step: 0 },
  ]);
  expect(expectOk(await store.incidents({ limit: 9 })).map(({ at }) => at)).toEqual([
    1_790_000_011_000, 1_790_000_010_000,
  ]);
  expect(expectOk(await store.highWater())).toEqual({ deployment: 5, token: 1_790_000_004_500, event: 0 });
  expect(expectOk(await store.check())).toEqual([]);
}

test("promise 21: a state of the version before is read, all of it, and numbers go on where they stood", async () => {
  writeVersion(1);
  const store = expectOk(await openSqliteStore(path));
  await expectBroughtUp(store);
  const held = expectOk(await store.acquireLease({ environment: "production", holder: "agent 7", ttlMs: 1 }));
  expect(held.token).toBeGreaterThan(1_790_000_004_500);
  const created = await store.createDeployment(held, { release: digest("a"), kind: "deploy", at: 1, spec: {} });
  expect(expectOk(created).id).toBe(6);
  const again = { digest: digest("a"), createdAt: 1, files: 1, bytes: 1, provenance: {} };
  expect(expectOk(await store.addRelease(again))).toMatchObject({ made: 4, shipped: 6 });
  expectOk(await store.addIncident({ at: 1, environment: "production", event: {} }));
  expect(expectOk(await store.incidents({ limit: 9 }))).toHaveLength(3);
  await store.close();
});

test("promise 21: a state of before there were resources is read, all of it, and takes them", async () => {
  writeVersion(2);
  const store = expectOk(await openSqliteStore(path));
  expect(expectOk(await store.releases()).map((one) => [one.digest, one.made, one.pinned?.by])).toEqual([
    [digest("b"), 2, undefined],
    [digest("a"), 1, { user: "ann" }],
  ]);
  const lease = { holder: "agent 7", token: 1_790_000_000_000, expiresAt: 1_790_000_015_000 };
  const members = { members: [{ id: "d1-web-1" }], routed: [] };
  expect(expectOk(await store.environments())).toEqual([
    { name: "staging", serving: 1, stopped: false, members, lease },
  ]);
  expect(expectOk(await store.deployments()).map(({ id, end }) => [id, end?.outcome])).toEqual([
    [2, undefined],
    [1, "deployed"],
  ]);
  expect([expectOk(await store.resources()), expectOk(await store.snapshots())]).toEqual([[], []]);
  expect(expectOk(await store.events({ after: 0, limit: 9 })).events).toHaveLength(1);
  const held = expectOk(await store.acquireLease({ environment: "staging", holder: "agent 7", ttlMs: 60_000 }));
  expectOk(await store.describeEnvironment(held, { v: 1 }));
  expectOk(await store.setResource(held, "db", { v: 1 }));
  expect(expectOk(await store.addSnapshot(held, { v: 1 }))).toBe(1);
  expect(expectOk(await store.environment("staging"))?.about).toEqual({ v: 1 });
  expect(expectOk(await store.check())).toEqual([]);
  await store.close();
});

test("promise 21: processes that open a state of the version before at once all find it brought up", async () => {
  writeVersion(1);
  const stores = await Promise.all([1, 2, 3].map(() => openSqliteStore(path)));
  for (const store of stores) await expectBroughtUp(expectOk(store));
  for (const store of stores) await expectOk(store).close();
});

test("promise 21: a version before this one refuses the state that this one has written", async () => {
  const store = expectOk(await openSqliteStore(path));
  await store.close();
  // What it looked at: how many migrations had run, and whether it knew as many.
  const row = withDatabase((database) => database.prepare("SELECT value FROM meta WHERE key = 'schema'").get());
  expect(Number(row?.value)).toBe(5);
});

test("promise 21: a newer state is refused and not changed by a byte", async () => {
  await expectOk(await openSqliteStore(path)).close();
  withDatabase((database) => database.exec("UPDATE meta SET value = '99'; CREATE TABLE later (x)"));
  const before = readFileSync(path);
  expect(await openSqliteStore(path)).toMatchObject({ ok: false, failures: [{ code: "state-newer" }] });
  expect(readFileSync(path)).toEqual(before);
});

test("promise 21: bringing a state up that was killed at any statement has changed nothing, and is done by the next", async () => {
  writeVersion(1);
  const schemaNow = () => withDatabase((database) => database.prepare("SELECT sql FROM sqlite_master").all());
  const schemaBefore = schemaNow();
  const pristine = join(folder, "pristine.db");
  copyFileSync(path, pristine);
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const { openSqliteStore } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/store/sqlite/open.ts"))});
    let left = Number(process.argv[2]);
    const prepare = DatabaseSync.prototype.prepare;
    DatabaseSync.prototype.prepare = function (text) {
      if (left-- === 0) process.kill(process.pid, "SIGKILL");
      return prepare.call(this, text);
    };
    const opened = await openSqliteStore(process.argv[1]);
    await opened.value.close();`;
  let isThrough = false;
  for (let statement = 0; !isThrough; statement += 4) {
    copyFileSync(pristine, path);
    for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, path, String(statement)]);
    const [code, signal] = await once(child, "exit");
    isThrough = code === 0;
    if (!isThrough) expect(signal).toBe("SIGKILL");
    const version = withDatabase((database) => database.prepare("SELECT value FROM meta WHERE key = 'schema'").get());
    if (version?.value === "1") expect(schemaNow()).toEqual(schemaBefore);
    const store = expectOk(await openSqliteStore(path));
    await expectBroughtUp(store);
    await store.close();
  }
});
