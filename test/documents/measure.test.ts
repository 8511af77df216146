import { describe, expect, test } from "vitest";
import type { RunRecord, TaskRecord } from "../../src/cache/runs/run-record.ts";
import type { MeasuredFacts } from "../../src/documents/facts/measured.ts";
import { measureEnvironment } from "../../src/documents/measure/deployments.ts";
import { isInBand, percentile, rounded } from "../../src/documents/measure/figures.ts";
import { measureRuns } from "../../src/documents/measure/runs.ts";
import { movedSince, settle } from "../../src/documents/measure/settle.ts";

const start = Date.parse("2027-01-01T12:00:00Z");
const day = 86_400_000;

function executed(
  durationMs: number,
  more: Partial<TaskRecord> = {},
  result: "succeeded" | "failed" = "succeeded",
): TaskRecord {
  const cache = { stored: false, because: "noInputs" } as const;
  const reason = { reason: "firstTime" } as const;
  return {
    stage: "build",
    needs: [],
    result: { result, reason, durationMs, attempts: 1, cache, failures: [] },
    ...more,
  };
}

const hit: TaskRecord = { stage: "build", needs: [], result: { result: "hit", restored: 0, savedMs: 0 } };

function run(number: number, task: TaskRecord): RunRecord {
  const common = {
    schema: 1,
    asked: [],
    force: false,
    concurrency: 1,
    outcome: "succeeded",
    durationMs: 1_000,
  } as const;
  return { ...common, run: String(number), startedAt: start + number * day, tasks: { build: task } };
}

const measured = (...tasks: readonly TaskRecord[]): MeasuredFacts => ({
  ...measureRuns(
    tasks.map((task, index) => run(index + 1, task)),
    ["build"],
  ),
  flaky: [],
  environments: [],
});

describe("measured values", () => {
  test.each([
    [1234, 1200],
    [0.0567, 0.057],
    [0, 0],
    [99.6, 100],
  ])("%s has two significant digits: %s", (value, expected) => {
    expect(rounded(value)).toBe(expected);
  });

  test.each([
    [[1, 2, 3, 4], 0.5, 2],
    [[4, 3, 2, 1], 0.9, 4],
    [[7], 0.99, 7],
    [[], 0.5, undefined],
  ])("percentile of %s at %s is %s", (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  test.each([
    ["ms", 1000, 1499, true],
    ["ms", 1000, 667, true],
    ["ms", 1000, 1501, false],
    ["ms", 10, 55, true],
    ["share", 0.5, 0.54, true],
    ["share", 0.5, 0.8, false],
    ["aWeek", 0.23, 3, false],
    ["aWeek", 20, 40, false],
  ] as const)("of %s: %s and %s are in one band: %s", (unit, before, now, expected) => {
    expect(isInBand(unit, before, now)).toBe(expected);
  });

  test("of a task are its executions and its hits, in whatever order the records come", () => {
    const records = [
      run(1, executed(1_000)),
      run(2, hit),
      run(3, executed(3_000, {}, "failed")),
      run(4, executed(2_000)),
    ];
    const found = measureRuns(records, ["build"]);
    expect(found.tasks[0]).toMatchObject({
      median: { value: 1_000, at: "2027-01-05", times: 2 },
      p90: { value: 2_000 },
      hitRate: { value: 0.25, times: 4 },
      failureRate: { value: 0.33, times: 3 },
      last: { outcome: "succeeded", at: "2027-01-05" },
    });
    expect(measureRuns(records.toReversed(), ["build"])).toEqual(found);
  });

  test("tell whether the same inputs gave the same outputs", () => {
    const one = (outputs: string) => executed(10, { fingerprint: "f", outputs });
    expect(measured(one("a"), one("a"), one("b")).tasks[0]?.reproduced).toMatchObject({ compared: 2, equal: 1 });
    expect(measured(one("a")).tasks[0]?.reproduced).toBeUndefined();
  });

  test("of a rollback are counted until the traffic is back, not until everything is tidied up", () => {
    const rollback = { id: 2, kind: "rollback", release: "r", at: start, servedAt: start + 400, gates: [] } as const;
    const entry = { ...rollback, end: { at: start + 9_000, outcome: "deployed" } } as const;
    const found = measureEnvironment("production", [entry], []);
    expect(found).toMatchObject({
      rolledBack: 1,
      deployments: 0,
      rollbackP99: { value: 400 },
      lastRollback: "2027-01-01",
    });
  });
});

test("what is replaced by the same is no deployment", () => {
  const end = { at: start + 900, outcome: "deployed" } as const;
  const deployed = { id: 1, kind: "deploy", release: "r", at: start, end, gates: [] } as const;
  const mended = { ...deployed, id: 2, kind: "mend", end: { ...end, outcome: "stuck" } } as const;
  expect(measureEnvironment("production", [deployed, mended], [])).toMatchObject({
    deployments: 1,
    failed: 0,
    last: { deployment: 1, outcome: "deployed" },
  });
});

describe("noise", () => {
  test("changes no document: within its band a written value stays, with its day", () => {
    const before = measured(executed(1_000));
    const later = measured(executed(1_200), executed(1_200));
    expect(settle(before, later)).toEqual(before);
    expect(movedSince(before, later)).toEqual([]);
  });

  test("is not what is out of the band: that is written, and told", () => {
    const before = measured(executed(1_000));
    const slower = measured(executed(4_000));
    expect(settle(before, slower).tasks[0]?.median?.value).toBe(4_000);
    const often = measured(...Array.from({ length: 5 }, () => executed(4_000)));
    const moved = { of: "task", name: "build", figure: "median", before: 1_000, now: 4_000, times: 5 };
    expect(movedSince(before, often)).toContainEqual(moved);
  });

  test("is what was measured only a few times: one slow day is told to nobody", () => {
    const before = measured(executed(1_000));
    expect(movedSince(before, measured(...Array.from({ length: 4 }, () => executed(4_000))))).toEqual([]);
  });

  test("mixes no median of one day with a 90 % of another: that would be below it", () => {
    const before = measured(executed(380), executed(380));
    const now = settle(before, measured(executed(270), executed(240))).tasks[0];
    expect(now?.median?.value).toBe(240);
    expect(now?.p90?.value).toBe(270);
  });

  test("is not a task that begins to fail", () => {
    const before = measured(executed(1_000));
    const failing = measured(executed(1_000), executed(1_000, {}, "failed"));
    expect(settle(before, failing).tasks[0]?.last?.outcome).toBe("failed");
  });
});
