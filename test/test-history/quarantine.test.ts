import { describe, expect, it } from "vitest";
import type { Quarantine } from "../../src/definition/types.ts";
import { isActive, QuarantineWatch, quarantineParts } from "../../src/test-history/quarantine.ts";
import { meansTest } from "../../src/test-history/test-pattern.ts";

const entry: Quarantine = { test: "sum*", owner: "ada", until: "2027-01-31", reason: "races" };
const noon = Date.parse("2027-01-15T12:00:00Z");

describe("a pattern of tests", () => {
  it.each([
    ["sum > adds", "sum.test.ts › sum > adds", true],
    ["adds", "C › sum › adds", true],
    ["sum > adds", "C › sum › adds", true],
    ["C › sum > adds", "C › sum > adds", true],
    ["sum*", "sum.test.ts › other", true],
    ["*flaky*", "a › is flaky sometimes", true],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "acb", false],
    ["ab*b", "ab", false],
    ["adds", "C › adds more", false],
    ["dds", "C › adds", false],
    ["(a+)+$", "(a+)+$", true],
    ["*", "anything", true],
  ])("%s against %s", (pattern, name, expected) => {
    expect(meansTest(pattern, name)).toBe(expected);
  });

  it("with many stars takes no time", () => {
    expect(meansTest(`${"*a".repeat(200)}b`, "a".repeat(500))).toBe(false);
  });
});

describe("a quarantine", () => {
  it("holds through its last day, in UTC", () => {
    expect(isActive(entry, Date.parse("2027-01-31T23:59:59Z"))).toBe(true);
    expect(isActive(entry, Date.parse("2027-02-01T00:00:00Z"))).toBe(false);
  });

  it("is in the fingerprint as long as it holds", () => {
    const task = { kind: "task", run: "x", quarantine: [entry, { ...entry, owner: "bob" }] } as const;
    expect(quarantineParts(task, noon)).toEqual([["quarantine:sum*", "active"]]);
    expect(quarantineParts(task, Date.parse("2027-03-01T00:00:00Z"))).toEqual([]);
  });

  it("holds failures of its tests, and says whose they are", () => {
    const watch = new QuarantineWatch([entry], noon);
    expect(watch.holds("a › sum 1", "failed", false)).toBe(true);
    expect(watch.holds("a › other", "failed", false)).toBe(false);
    expect(watch.notes([])).toEqual({
      held: [{ test: "a › sum 1", owner: "ada", until: "2027-01-31" }],
      expired: [],
      unneeded: [],
    });
  });

  it("that has expired holds nothing, and is told of", () => {
    const watch = new QuarantineWatch([{ ...entry, until: "2027-01-01" }], noon);
    expect(watch.holds("sum", "failed", false)).toBe(false);
    expect(watch.notes([])?.expired).toEqual([{ test: "sum*", owner: "ada", until: "2027-01-01" }]);
  });

  it("is unneeded when no such test exists, or when its tests passed ten times and never failed", () => {
    const notes = (runs: number, failures: number) => {
      const watch = new QuarantineWatch([entry], noon);
      watch.holds("sum", "passed", false);
      return watch.notes([{ name: "sum", runs, failures }])?.unneeded.map(({ because }) => because);
    };
    expect(new QuarantineWatch([entry], noon).notes([])?.unneeded).toMatchObject([{ because: "noSuchTest" }]);
    expect(notes(10, 0)).toEqual(["passes"]);
    expect(notes(9, 0)).toBeUndefined();
    expect(notes(100, 1)).toBeUndefined();
  });

  it("is not called unneeded by a part of the tests", () => {
    expect(new QuarantineWatch([entry], noon).notes(undefined)).toBeUndefined();
  });
});
