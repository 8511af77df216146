import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
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
