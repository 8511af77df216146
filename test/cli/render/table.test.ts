import { expect, test } from "vitest";
import { table, tableWithin, widthOf } from "../../../src/cli/render/table.ts";

const rows = [
  ["production", "https://shop.example.org/a/rather/long/address", "rolling, one after the other"],
  ["staging", "https://staging.example.org", "rolling"],
];

test("a table that does not fit shortens its widest columns, and never the first, by which rows are known", () => {
  const lines = table(rows, "", 50);
  expect(lines).toEqual(["production  https://shop.exam…  rolling, one…", "staging     https://staging.e…  rolling"]);
  expect(lines[0]?.length).toBeLessThanOrEqual(50);
  expect(table(rows, "  ", 70)[0]?.length).toBeLessThanOrEqual(70);
  const tiny = table(rows, "", 10);
  expect(tiny).toEqual(["production  https…  rolli…", "staging     https…  rolli…"]);
});

test("what is no terminal gets every cell as it is", () => {
  const width = widthOf({ isTTY: false, columns: 120 });
  expect(table(rows, "", width)).toEqual(table(rows));
  expect(table(rows).join("\n")).not.toContain("…");
  expect(widthOf({ isTTY: true, columns: 80 })).toBe(80);
});

test("the last columns go below their row first; what is too wide even so is shortened", () => {
  expect(tableWithin(rows, 40)).toEqual([
    "production  https://shop.example.org/a/…",
    "    rolling, one after the other",
    "staging     https://staging.example.org",
    "    rolling",
  ]);
});
