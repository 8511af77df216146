import { describe, expect, it } from "vitest";
import { all, any, branch, changed, env, equals, installed, isSet, not } from "../../src/definition/conditions.ts";
import type { Condition } from "../../src/definition/types.ts";
import { changedPatterns, type Facts, unmetParts } from "../../src/graph/selection/conditions.ts";

const facts: Facts = {
  branch: "feature/login",
  changed: () => ["src/a.ts", "docs/b.md"],
  changedFolders: () => [],
  hasProgram: (name) => name === "sh",
  variable: (name) => ({ DRY: "yes", EMPTY: "", API_TOKEN: "s3cr3t", LONG: "x".repeat(200) })[name],
};
const holds = (condition: Condition, more: Partial<Facts> = {}) =>
  unmetParts(condition, { ...facts, ...more }).length === 0;

describe("a condition", () => {
  it.each([
    [branch("main"), false],
    [branch("main", "feature/*"), true],
    [branch("feature*"), false],
    [changed("src/**"), true],
    [changed("docs/"), true],
    [changed("test/**"), false],
    [changed("**/*.md", "!docs/**"), false],
    [equals(env("DRY"), "yes"), true],
    [equals(env("DRY"), "no"), false],
    [equals(env("NONE"), ""), false],
    [isSet(env("EMPTY")), false],
    [isSet(env("DRY")), true],
    [installed("sh"), true],
    [installed("docker"), false],
    [not(installed("docker")), true],
    [not(branch("main")), true],
    [all(branch("feature/*"), changed("src/**")), true],
    [all(branch("feature/*"), changed("test/**")), false],
    [any(branch("main"), changed("src/**")), true],
    [any(branch("main"), changed("test/**")), false],
    [not(all(branch("feature/*"), changed("test/**"))), true],
    [not(any(branch("main"), changed("src/**"))), false],
    [not(not(branch("main"))), false],
  ])("%j holds: %s", (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it("about the branch does not hold when there is none", () => {
    expect(holds(branch("**"), { branch: undefined })).toBe(false);
  });

  it("that does not hold says which part, and what was found instead", () => {
    expect(unmetParts(all(branch("feature/*"), any(changed("test/**"), equals(env("DRY"), "no"))), facts)).toEqual([
      { condition: "changed", wanted: ["test/**"], negated: false },
      { condition: "equals", variable: "DRY", wanted: ["no"], found: "yes", negated: false },
    ]);
    expect(unmetParts(not(branch("feature/*")), facts)).toEqual([
      { condition: "branch", wanted: ["feature/*"], found: "feature/login", negated: true },
    ]);
  });

  it("about a program that is missing names it", () => {
    expect(unmetParts(installed("docker"), facts)).toEqual([
      { condition: "installed", wanted: ["docker"], negated: false },
    ]);
  });

  it("never shows the value of a variable that may be a secret", () => {
    for (const name of ["API_TOKEN", "LONG"]) {
      const [part] = unmetParts(equals(env(name), "other"), facts);
      expect(part).toEqual({ condition: "equals", variable: name, wanted: ["other"], hidden: true, negated: false });
    }
  });
});

it("of a submodule or a link that changed, everything in it may have", () => {
  const moved = { changedFolders: () => ["vendor/sub"] };
  expect(holds(changed("vendor/sub/src/a.c"), moved)).toBe(true);
  expect(holds(changed("vendor/sub"), moved)).toBe(true);
  expect(holds(changed("vendor/**/*.c"), moved)).toBe(true);
  expect(holds(changed("vendor/*.c"), moved)).toBe(false);
  expect(holds(changed("vendor/**/*.c", "!vendor/sub/**"), moved)).toBe(false);
});

it("changes are asked for only by conditions that are about them, however deep", () => {
  const texts = (condition: Condition) => changedPatterns(condition).map((each) => each.map(({ text }) => text));
  expect(texts(all(branch("main"), not(any(isSet(env("A")), changed("x", "!y")))))).toEqual([["x", "!y"]]);
  expect(texts(all(branch("main"), not(isSet(env("A")))))).toEqual([]);
});
