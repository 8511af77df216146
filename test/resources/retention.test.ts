import { describe, expect, test } from "vitest";
import { isDue, toForget } from "../../src/resources/retention.ts";

const day = 24 * 60 * 60_000;
const spec = { keep: 2, maxAgeMs: 7 * day };
const at = (...days: number[]) => days.map((one) => ({ at: one * day }));

describe("snapshots are kept", () => {
  test.each([
    ["the newest, however old", at(5, 4), 100, []],
    ["and those that are young", at(9, 8, 7, 6), 10, []],
    ["and no others", at(20, 19, 18, 2, 1), 20, [2, 1]],
    ["also when the clock was set back: what lies ahead is young", at(20, 19, 18), 1, []],
  ])("%s", (_, snapshots, now, gone) => {
    expect(toForget(snapshots, spec, now * day).map((one) => one.at / day)).toEqual(gone);
  });
});

describe("a scheduled backup", () => {
  const every = { ...spec, everyMs: day };

  test.each([
    ["is never due without a schedule", spec, undefined, 100, false],
    ["is due when there was none", every, undefined, 0, true],
    ["is not due before its time", every, { at: day }, 2 * day - 1, false],
    ["is due when its time has come", every, { at: day }, 2 * day, true],
    ["is due once when the clock was set back", every, { at: 50 * day }, day, true],
    ["that failed is not tried again at once", every, { at: day, problem: "no" }, day + 60_000, false],
    ["that failed is tried again soon", every, { at: day, problem: "no" }, day + 15 * 60_000, true],
    [
      "that is due often is not tried more often when it fails",
      { ...every, everyMs: 60_000 },
      { at: 0, problem: "no" },
      60_000,
      true,
    ],
  ])("%s", (_, backup, last, now, due) => {
    expect(isDue(backup, last, now)).toBe(due);
  });

  test("after a jump of years is made once, not once for each day that was missed", () => {
    const now = 4_000 * day;
    expect(isDue(every, { at: day }, now)).toBe(true);
    expect(isDue(every, { at: now }, now + 10_000)).toBe(false);
  });
});
