import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Children } from "../../src/drivers/local/children.ts";
import { LastRunning, observeInstances } from "../../src/drivers/local/instances.ts";
import { KnownRecords } from "../../src/drivers/local/known-records.ts";
import { type ProcessRecord, writeRecord } from "../../src/drivers/local/record.ts";
import { temporaryFolder } from "../process/support.ts";
import { codes, value } from "./conformance.ts";

/** By now everything that a test has written is old. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function recorded() {
  const home = { folder: temporaryFolder() };
  const record: ProcessRecord = {
    version: 2,
    home: home.folder,
    environment: "staging",
    id: "a",
    nonce: "one",
    token: 1,
    startedAt: 1,
    instance: { service: "web", release: "r", deployment: 1, port: null },
    progress: { state: "ended", process: null, exit: { code: 0, signal: null } },
  };
  writeRecord(home, "instances", record);
  const path = join(home.folder, "instances/staging/a/instance.json");
  const records = new KnownRecords();
  return { home, record, path, records, read: () => records.read(home, "staging", "a") };
}

test("a record whose file is the same is not decoded again", () => {
  const { record, read } = recorded();
  const first = value(read());
  expect(first).toEqual(record);
  expect(value(read())).toBe(first);
});

test("a record that was replaced by one of the same size and time is seen", () => {
  const { record, path, read } = recorded();
  value(read());
  const was = statSync(path);
  const neighbour = join(path, "../.other.tmp");
  writeFileSync(neighbour, readFileSync(path, "utf8").replace('"one"', '"two"'));
  utimesSync(neighbour, was.atime, was.mtime);
  renameSync(neighbour, path);
  expect(statSync(path)).toMatchObject({ size: was.size, mtime: was.mtime });
  expect(value(read())).toEqual({ ...record, nonce: "two" });
});

test("a record that was changed a moment ago is read anew: a second change may leave the same times", () => {
  const { read } = recorded();
  vi.useRealTimers();
  const first = value(read());
  expect(value(read())).not.toBe(first);
});

test("a known record that is damaged is a failure at once, and each time", () => {
  const { path, read } = recorded();
  value(read());
  writeFileSync(path, "{");
  expect(codes(read())).toEqual(["state-damaged"]);
  expect(codes(read())).toEqual(["state-damaged"]);
});

test("a known record that was removed, or cannot be read, is not told any more", () => {
  const { path, read } = recorded();
  value(read());
  rmSync(path);
  expect(value(read())).toBeUndefined();
  mkdirSync(path);
  expect(read).toThrow("EISDIR");
});

test("a record that is not among the kept is forgotten", () => {
  const { records, read } = recorded();
  const first = value(read());
  records.keepOnly("staging", ["a"]);
  expect(value(read())).toBe(first);
  records.keepOnly("staging", []);
  expect(value(read())).not.toBe(first);
});

test("a known record is told without reading it as long as its file is the same", async () => {
  const { home, records, path, read } = recorded();
  expect(await records.unchanged(home, "staging", "a")).toBeUndefined();
  const first = value(read());
  expect(await records.unchanged(home, "staging", "a")).toBe(first);
  expect(await records.unchanged({ folder: `${home.folder}-moved` }, "staging", "a")).toBeUndefined();
  rmSync(path);
  expect(await records.unchanged(home, "staging", "a")).toBeUndefined();
});

test("a look at many records, new or known, lets other work in between", async () => {
  const { home, record, records } = recorded();
  for (let id = 0; id < 64; id += 1) writeRecord(home, "instances", { ...record, id: `a-${id}` });
  const observer = { children: new Children(), lastRunning: new LastRunning(), records };
  for (const _look of ["new", "known"]) {
    let [turns, isOver] = [0, false];
    const work = () => {
      turns += 1;
      if (!isOver) setImmediate(work);
    };
    setImmediate(work);
    const found = value(await observeInstances(home, "staging", observer));
    isOver = true;
    expect(found).toHaveLength(65);
    expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).toSorted());
    // Eight are looked at together.
    expect(turns).toBeGreaterThan(64 / 8);
  }
});
