import { expect, test } from "vitest";
import { nearest } from "../../src/definition/distance.ts";
import { environmentUrl } from "../../src/definition/where.ts";
import { durationMs, isDuration } from "../../src/errors/duration.ts";
import { local } from "../../src/index.ts";

test.each([
  ["stauts", "status"],
  ["STATUS", "status"],
  ["rn", "run"],
  ["inputs", "inputs"],
  ["deply", "deploy"],
  ["zzz", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("the word nearest to %j is %j", (word, expected) => {
  expect(nearest(word, ["status", "run", "inputs", "deploy"])).toBe(expected);
});

test("of two words equally near the first is meant", () => {
  expect(nearest("bat", ["cat", "hat"])).toBe("cat");
});

test.each([
  ["500ms", 500],
  ["1.5m", 90_000],
  ["2h", 7_200_000],
  ["30s", 30_000],
  [250, 250],
] as const)("%j is %d milliseconds", (duration, milliseconds) => {
  expect(durationMs(duration)).toBe(milliseconds);
});

test("a duration is above zero and not longer than a timer waits", () => {
  expect(["1ms", 1, "596h"].map(isDuration)).toEqual([true, true, true]);
  expect(["0s", 0, "600h", "1e3s", " 1s", "1S", true, null].some(isDuration)).toBe(false);
});

test("an environment without an address has one by its name", () => {
  expect(environmentUrl("staging", local())).toBe("http://staging.localhost:8080");
  expect(environmentUrl("staging", local({ url: "http://x:1" }))).toBe("http://x:1");
});
