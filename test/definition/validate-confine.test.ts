import { expect, test } from "vitest";
import { defineProject, task } from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";
import { ageMs, isAge, isSize, sizeBytes } from "../../src/definition/quantity.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tested here
type Wrong = any;

const ofTask = (options: object) => show({ pipeline: { build: task({ run: "x", ...options } as Wrong) } });

function show(options: object): string[] {
  const project = defineProject({ name: "shop", pipeline: {}, ...options } as Wrong);
  return validateProject(project).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("confinement is a known level, of a task whose inputs are known", () => {
  expect(ofTask({ inputs: [], confine: "sealed", network: true, localInputs: [".env"] })).toEqual([]);
  expect(ofTask({ confine: "declared" })).toEqual([]);
  expect(ofTask({ inputs: [], confine: "strict" })).toEqual([
    'pipeline.build.confine: Task "build": confine must be "declared", "staged" or "sealed", not "strict"',
  ]);
  expect(ofTask({ confine: "staged" })).toEqual([
    'pipeline.build.confine: Task "build": it is staged, but its inputs are not declared',
  ]);
  expect(ofTask({ inputs: [], network: "on" })).toEqual([
    'pipeline.build.network: Task "build": network must be true or false, not "on"',
  ]);
  expect(ofTask({ inputs: [], localInputs: ["../secrets"] })).toEqual([
    'pipeline.build.localInputs.0: Task "build": "../secrets" leads outside the project',
  ]);
});

test("the limits of the cache are amounts", () => {
  expect(show({ cache: { maxSize: "2GB", maxAge: "14d" } })).toEqual([]);
  expect(show({ cache: { maxSize: "much", maxAge: 0 } })).toEqual([
    'cache.maxSize: The cache: maxSize must be a size like "500MB" or "10GB", not "much"',
    'cache.maxAge: The cache: maxAge must be an age like "12h" or "30d", not 0',
  ]);
  expect(show({ cache: { size: "2GB" } })).toEqual(['cache.size: The cache has no key "size"']);
  expect(show({ cache: "2GB" })).toEqual([
    'cache: The project: cache must be an object with maxSize and maxAge, not "2GB"',
  ]);
});

test.each([
  ["500MB", 500e6],
  ["1.5GB", 1.5e9],
  ["10KB", 10e3],
  ["2TB", 2e12],
] as const)("%s are %d bytes", (size, bytes) => expect(sizeBytes(size)).toBe(bytes));

test.each([
  ["30m", 1_800_000],
  ["12h", 43_200_000],
  ["30d", 2_592_000_000],
] as const)("%s are %d milliseconds", (age, ms) => expect(ageMs(age)).toBe(ms));

test.each(["", "10", "10 GB", "-1GB", "0GB", "1e3GB", "GB", "10gb", "10constructor", Number.NaN, -1, 1e300, null])(
  "%j is neither a size nor an age",
  (wrong) => {
    expect(isSize(wrong)).toBe(false);
    expect(isAge(wrong)).toBe(false);
  },
);
