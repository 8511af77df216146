import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore, type SqliteOptions } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { describeStore, expectGrowing, expectOk } from "./conformance.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = async (options: SqliteOptions = {}): Promise<Store> =>
  expectOk(await openSqliteStore(join(folder, "state.db"), options));

describeStore("SQLite", async () => {
  const opened: Store[] = [];
  const connect = async (project?: string) => {
    const store = await open(project === undefined ? {} : { project });
    opened.push(store);
    return store;
  };
  const dispose = async () => {
    for (const store of opened) await store.close();
  };
  return { store: await connect(), connect, dispose };
});

test("a lease runs out when the store's clock says so", async () => {
  let now = 1_000;
  const store = await open({ now: () => now });
  const request = { environment: "staging", ttlMs: 100 };
  const first = expectOk(await store.acquireLease({ ...request, holder: "one" }));
  now = 1_099;
  expect(await store.acquireLease({ ...request, holder: "two" })).toMatchObject({ ok: false });
  expectOk(await store.renewLease(first, 100));
  now = 1_198;
  expect(await store.acquireLease({ ...request, holder: "two" })).toMatchObject({ ok: false });
  now = 1_199;
  const second = expectOk(await store.acquireLease({ ...request, holder: "two" }));
  expect([first.token, second.token]).toEqual([1_000, 1_199]);
  await store.close();
});

test("tokens grow although the clock is set back", async () => {
  let now = 5_000;
  const store = await open({ now: () => now });
  const tokens: number[] = [];
  for (now of [5_000, 1_000, 2_000]) {
    const taken = await store.acquireLease({ environment: "staging", holder: `${now}`, ttlMs: 0, isGone: () => true });
    tokens.push(expectOk(taken).token);
  }
  expect(tokens).toEqual([5_000, 5_001, 5_002]);
  await store.close();
});

test("what was written is there after it is opened again, readable by its user alone", async () => {
  const first = await open();
  await first.addIncident({ at: 1, environment: "staging", event: { type: "x" } });
  await first.close();
  const second = await open();
  expect(expectOk(await second.incidents({ limit: 9 }))).toHaveLength(1);
  await second.close();
  expect(statSync(join(folder, "state.db")).mode & 0o777).toBe(0o600);
});

test("promise 16: two processes that take the same lease at once get strictly growing tokens, each its own", async () => {
  const script = `
    import { openSqliteStore } from ${JSON.stringify(join(import.meta.dirname, "../../src/store/sqlite/open.ts"))};
    const { value: store } = await openSqliteStore(process.argv[1]);
    const tokens = [];
    while (tokens.length < 40) {
      const taken = await store.acquireLease({ environment: "staging", holder: process.pid + "", ttlMs: 60000 });
      if (!taken.ok && taken.failures[0].code !== "environment-busy") throw new Error(taken.failures[0].message);
      if (!taken.ok) continue;
      const seen = await store.environment("staging");
      if (seen.value.lease.token !== taken.value.token) throw new Error("two have it");
      tokens.push(taken.value.token);
      await store.releaseLease(taken.value);
    }
    console.log(JSON.stringify(tokens));`;
  const writers = [1, 2].map(() =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, join(folder, "state.db")]),
  );
  const taken = (await Promise.all(writers)).map(({ stdout }) => JSON.parse(stdout) as number[]);
  for (const tokens of taken) expectGrowing(tokens);
  expect(new Set(taken.flat()).size).toBe(80);
});

test("a state file that is no database is refused, left as it is, and the mend is said", async () => {
  const path = join(folder, "state.db");
  writeFileSync(path, "this is not a database, but it is long enough to look like one ".repeat(100));
  const before = readFileSync(path);
  const opened = await openSqliteStore(path);
  expect(opened).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
  if (!opened.ok) expect(opened.failures[0]?.hint).toContain(`mv ${path} ${path}.damaged`);
  expect(readFileSync(path)).toEqual(before);
});

test("a state file that was emptied is refused, not taken for a new one", async () => {
  const path = join(folder, "state.db");
  writeFileSync(path, "");
  utimesSync(path, 1, 1);
  expect(await openSqliteStore(path)).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
});

test("a state file with a page overwritten is refused", async () => {
  const store = await open();
  const subject = { kind: "run", name: "1" };
  const event = { at: 1, subject, event: { text: "x".repeat(50) } };
  expectOk(await store.appendEvents(Array.from({ length: 2_000 }, () => event)));
  await store.close();
  const path = join(folder, "state.db");
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096, bytes.length);
  writeFileSync(path, bytes);
  expect(await openSqliteStore(path)).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
});

test("a state file of a newer Tidegate is refused", async () => {
  await (await open()).close();
  const database = new DatabaseSync(join(folder, "state.db"));
  database.exec("UPDATE meta SET value = '99' WHERE key = 'schema'");
  database.close();
  expect(await openSqliteStore(join(folder, "state.db"))).toMatchObject({
    ok: false,
    failures: [{ code: "state-newer" }],
  });
});

test("a backup is one moment of a state that goes on being written, private, and complete", async () => {
  const store = await open();
  const writing = await open();
  const event = { at: 1, subject: { kind: "run", name: "1" }, event: {} };
  let isOver = false;
  const written = (async () => {
    while (!isOver) {
      expectOk(await writing.appendEvents([event, event]));
      await nextTurn();
    }
  })();
  const counts: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    const file = join(folder, `backup-${index}`);
    expectOk(await store.backup(file));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const restored = expectOk(await openSqliteStore(file));
    expect(expectOk(await restored.check())).toEqual([]);
    counts.push(expectOk(await restored.highWater()).event);
    await restored.close();
    await nextTurn();
  }
  isOver = true;
  await written;
  expect(counts.every((count) => count % 2 === 0)).toBe(true);
  expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  await store.close();
  await writing.close();
});

test("a backup takes no other file's place, and says when it cannot be written", async () => {
  const store = await open();
  const file = join(folder, "backup");
  writeFileSync(file, "precious");
  expect(await store.backup(file)).toMatchObject({ ok: false, failures: [{ code: "file-exists" }] });
  expect(readFileSync(file, "utf8")).toBe("precious");
  expect(await store.backup(join(folder, "not/there"))).toMatchObject({
    ok: false,
    failures: [{ code: "not-writable" }],
  });
  expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
  await store.close();
});

test("an old copy in the place of the state is told by how far it has come", async () => {
  const store = await open();
  const held = expectOk(await store.acquireLease({ environment: "staging", holder: "one", ttlMs: 1 }));
  expectOk(await store.backup(join(folder, "old")));
  expectOk(await store.createDeployment(held, { release: "r", kind: "deploy", at: 1, spec: {} }));
  const newest = expectOk(await store.highWater());
  await store.close();
  const old = expectOk(await openSqliteStore(join(folder, "old")));
  expect(expectOk(await old.highWater()).deployment).toBeLessThan(newest.deployment);
  await old.close();
});
