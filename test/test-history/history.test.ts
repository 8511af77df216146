import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { askHistory, fileDurations, flakyInRun, pastOf } from "../../src/test-history/ask-history.ts";
import { TestHistory } from "../../src/test-history/history.ts";
import type { Execution, RecordedTest } from "../../src/test-history/recording.ts";
import { tempFolder } from "../support/temp-folder.ts";

function openHistory(path = join(tempFolder(), "tests", "history.sqlite")): TestHistory {
  const history = TestHistory.open(path);
  onTestFinished(() => {
    if (history.database.isOpen) history.close();
  });
  return history;
}

type Brief = readonly [name: string, result: RecordedTest["result"], durationMs?: number, file?: string];

function record(history: TestHistory, execution: Partial<Execution>, ...tests: readonly Brief[]): void {
  const recording = history.record({
    task: "test",
    part: "test",
    run: "1",
    attempt: 1,
    digest: "d",
    at: 5,
    ...execution,
  });
  for (const [name, result, durationMs, file = ""] of tests)
    recording.add({ name, result, durationMs, file, flaky: false });
  recording.commit();
}

const names = (history: TestHistory, only: "flaky" | "failed" | "slow") =>
  askHistory(history, { only, limit: 10 }).map(({ name }) => name);

describe("the history of tests", () => {
  it("finds tests flaky that gave different results for the same, and not those that a change has mended", () => {
    const history = openHistory();
    record(history, { run: "1", digest: "a" }, ["flaky", "failed"], ["mended", "failed"], ["steady", "passed"]);
    record(history, { run: "2", digest: "a" }, ["flaky", "passed"], ["mended", "failed"], ["steady", "passed"]);
    record(history, { run: "3", digest: "b" }, ["flaky", "passed"], ["mended", "passed"], ["steady", "skipped"]);
    expect(names(history, "flaky")).toEqual(["flaky"]);
    expect(askHistory(history, { limit: 1 })[0]).toMatchObject({
      name: "flaky",
      runs: 3,
      failures: 1,
      flips: 1,
      last: "passed",
    });
  });

  it("finds tests flaky within a run also when it is not known what they worked on", () => {
    const history = openHistory();
    record(history, { run: "1", attempt: 1, digest: undefined }, ["a", "failed"]);
    record(history, { run: "1", attempt: 2, digest: undefined }, ["a", "passed"]);
    record(history, { run: "2", digest: undefined }, ["b", "failed"]);
    record(history, { run: "3", digest: undefined }, ["b", "passed"]);
    expect(names(history, "flaky")).toEqual(["a"]);
    expect(flakyInRun(history, "test", "1")).toBe(1);
    expect(flakyInRun(history, "test", "3")).toBe(0);
  });

  it("knows what failed the last time, what is slow, and how long files take", () => {
    const history = openHistory();
    record(history, { run: "1" }, ["a", "failed", 10, "x.ts"], ["b", "passed", 30, "x.ts"], ["c", "passed", 5, "y.ts"]);
    record(history, { run: "2" }, ["a", "passed", 20, "x.ts"], ["b", "failed", 50, "x.ts"]);
    expect(names(history, "failed")).toEqual(["b"]);
    expect(names(history, "slow")).toEqual(["b", "a", "c"]);
    expect(fileDurations(history, "test")).toEqual(
      new Map([
        ["x.ts", 55],
        ["y.ts", 5],
      ]),
    );
    expect(pastOf(history, "test").find(({ name }) => name === "a")).toEqual({ name: "a", runs: 2, failures: 1 });
    expect(askHistory(history, { task: "other", limit: 10 })).toEqual([]);
  });

  it("counts tests of one name in one report as one, which failed if one of them did", () => {
    const history = openHistory();
    record(history, {}, ["a", "passed", 1], ["a", "failed", 2], ["a", "passed", 3]);
    expect(askHistory(history, { limit: 10 })).toMatchObject([
      { name: "a", runs: 1, last: "failed", lastMs: 6, flips: 0 },
    ]);
  });

  it("keeps nothing of an execution that was not committed", () => {
    const history = openHistory();
    const recording = history.record({ task: "t", part: "t", run: "1", attempt: 1, digest: "d", at: 1 });
    recording.add({ name: "a", result: "failed", durationMs: 1, file: "", flaky: false });
    recording.rollback();
    record(history, {}, ["b", "passed"]);
    expect(askHistory(history, { limit: 10 }).map(({ name }) => name)).toEqual(["b"]);
  });

  it("forgets what is long ago", () => {
    const history = openHistory();
    record(history, { run: "0" }, ["old", "passed"]);
    for (let run = 1; run <= 250; run++) record(history, { run: String(run) }, ["new", "passed"]);
    expect(askHistory(history, { limit: 10 }).map(({ name }) => name)).toEqual(["new"]);
    expect(pastOf(history, "test")[0]!.runs).toBeLessThanOrEqual(220);
  });

  it("is private, and survives being closed and opened", () => {
    const path = join(tempFolder(), "tests", "history.sqlite");
    const first = openHistory(path);
    record(first, {}, ["a", "passed"]);
    first.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(askHistory(openHistory(path), { limit: 10 })).toHaveLength(1);
  });

  it.each(["not a database at all", ""])("begins anew when it is damaged (%j)", (content) => {
    const folder = tempFolder({ "history.sqlite": content });
    const history = openHistory(join(folder, "history.sqlite"));
    record(history, {}, ["a", "passed"]);
    expect(askHistory(history, { limit: 10 })).toHaveLength(1);
    if (content !== "") expect(readdirSync(folder)).toContain("history.sqlite.damaged");
  });

  it("of a newer Tidegate is left alone", () => {
    const path = join(tempFolder({ x: "" }), "history.sqlite");
    writeFileSync(path, "");
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    expect(() => TestHistory.open(path)).toThrow(/newer/);
  });
});
