import { expect, test } from "vitest";
import { isRange, newestFirst, plainVersion, satisfies } from "../../src/launcher/version-range.ts";

/** The range, what is in it, what is not. */
const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["20", ["20.0.0", "20.19.5"], ["19.9.9", "21.0.0"]],
  ["v20.11.1", ["20.11.1"], ["20.11.2", "20.11.0"]],
  ["=20.11", ["20.11.0", "20.11.9"], ["20.12.0"]],
  ["20.x", ["20.3.0"], ["21.0.0"]],
  ["20.11.x", ["20.11.7"], ["20.12.0"]],
  [">=18", ["18.0.0", "24.1.0"], ["17.9.9"]],
  [">= 18.12.0", ["18.12.0"], ["18.11.9"]],
  [">18", ["19.0.0"], ["18.9.9"]],
  [">18.2.3", ["18.2.4"], ["18.2.3"]],
  ["<=20", ["20.99.0", "4.0.0"], ["21.0.0"]],
  ["<21", ["20.9.9"], ["21.0.0"]],
  [">=18 <21", ["18.0.0", "20.9.0"], ["21.0.0", "17.0.0"]],
  ["^20.17.0 || >=22.9.0", ["20.17.0", "22.9.0", "25.0.0"], ["20.16.9", "21.7.0", "22.8.0"]],
  ["^18.2", ["18.2.0", "18.9.0"], ["19.0.0", "18.1.9"]],
  ["^0.12.3", ["0.12.3", "0.12.9"], ["0.13.0"]],
  ["~20.11.1", ["20.11.1", "20.11.9"], ["20.12.0", "20.11.0"]],
  ["~20", ["20.0.0", "20.99.0"], ["21.0.0"]],
  ["18 - 20", ["18.0.0", "20.9.9"], ["21.0.0"]],
  ["18.2.0 - 20.1.3", ["20.1.3"], ["20.1.4", "18.1.0"]],
  ["*", ["0.1.0", "24.0.0"], []],
  ["", ["24.0.0"], []],
  ["14 || 16 || 18", ["16.2.0"], ["17.0.0"]],
];

test.each(rows)("%j is npm's range", (range, inside, outside) => {
  expect(isRange(range)).toBe(true);
  expect(inside.filter((version) => !satisfies(version, range))).toEqual([]);
  expect(outside.filter((version) => satisfies(version, range))).toEqual([]);
});

test.each(["lts/iron", "latest", ">=18 and newer", "20.1.2.3", "1.0.0-beta.1"])("%j is no range", (text) => {
  expect(isRange(text)).toBe(false);
  expect(satisfies("20.0.0", text)).toBe(false);
});

test("versions sort by their numbers", () => {
  expect(["9.0.0", "20.2.0", "20.10.0"].sort(newestFirst)).toEqual(["20.10.0", "20.2.0", "9.0.0"]);
  expect([plainVersion("v20.1.2\n"), plainVersion("20.1"), plainVersion("v25.0.0-nightly1")]).toEqual([
    "20.1.2",
    undefined,
    undefined,
  ]);
});
