import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { describeStore } from "./conformance.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = async () => {
  const opened = await openSqliteStore(join(folder, "state.db"));
  if (!opened.ok) throw new Error(opened.failures[0]?.message);
  return opened.value;
};

describeStore("SQLite", async () => {
  const store = await open();
  return { store, dispose: () => store.close() };
});

test("what was written is there after it is opened again, readable by its user alone", async () => {
  const first = await open();
  await first.addIncident({ at: 1, environment: "staging", event: { type: "x" } });
  await first.close();
  const second = await open();
  expect(await second.incidents({ limit: 9 })).toHaveLength(1);
  await second.close();
  expect(statSync(join(folder, "state.db")).mode & 0o777).toBe(0o600);
});

test("two processes can write at once: neither fails the other", async () => {
  const script = `
    import { openSqliteStore } from ${JSON.stringify(join(import.meta.dirname, "../../src/store/sqlite/open.ts"))};
    const opened = await openSqliteStore(process.argv[1]);
    for (let now = 0; now < 40; now += 1) {
      const taken = await opened.value.acquireLease({ environment: "staging", holder: process.pid + "", now, ttlMs: 0, isGone: () => true });
      if (!taken.ok) throw new Error(taken.failures[0].message);
    }`;
  const writers = [1, 2].map(() =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, join(folder, "state.db")]),
  );
  await Promise.all(writers);
  const store = await open();
  expect((await store.environment("staging"))?.lease?.token).toBe(80);
  await store.close();
});

test("a state file that is no database is refused, left as it is, and the mend is said", async () => {
  const path = join(folder, "state.db");
  writeFileSync(path, "this is not a database, but it is long enough to look like one ".repeat(100));
  const before = readFileSync(path);
  const opened = await openSqliteStore(path);
  expect(opened).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
  if (!opened.ok) expect(opened.failures[0]?.hint).toContain(`mv "${path}" "${path}.damaged"`);
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
  for (let at = 0; at < 2000; at += 1)
    await store.addIncident({ at, environment: "staging", event: { text: "x".repeat(50) } });
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
