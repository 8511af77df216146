import { describe, expect, it } from "vitest";
import type { PlainValue } from "../src/file/types.ts";
import { mergeRecipients, mergeValues } from "../src/merge.ts";

type Tree = { readonly [key: string]: string | bigint | readonly string[] | Tree };

function toMap(tree: Tree): ReadonlyMap<string, PlainValue> {
  const isTree = (value: unknown): value is Tree =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return new Map(
    Object.entries(tree).map(([key, value]) => [key, isTree(value) ? toMap(value) : (value as PlainValue)]),
  );
}

function merge(base: Tree, ours: Tree, theirs: Tree) {
  const { changes, conflicts } = mergeValues(toMap(base), toMap(ours), toMap(theirs));
  return {
    changes: changes.map((one) => `${one.path.join(".")}${"remove" in one ? " gone" : ` = ${String(one.value)}`}`),
    conflicts: conflicts.map(({ path, ours: our, theirs: their }) => `${path.join(".")}: ${our}, ${their}`),
  };
}

describe("values of three versions", () => {
  it.each([
    ["nothing changed", { a: "1" }, { a: "1" }, { a: "1" }, [], []],
    ["only ours changed", { a: "1" }, { a: "2" }, { a: "1" }, [], []],
    ["only theirs changed", { a: "1" }, { a: "1" }, { a: "2" }, ["a = 2"], []],
    ["both changed alike", { a: "1" }, { a: "2" }, { a: "2" }, [], []],
    ["both changed differently", { a: "1" }, { a: "2" }, { a: "3" }, [], ["a: changed, changed"]],
    ["they added", {}, {}, { a: "1" }, ["a = 1"], []],
    ["they removed", { a: "1" }, { a: "1" }, {}, ["a gone"], []],
    ["we changed, they removed", { a: "1" }, { a: "2" }, {}, [], ["a: changed, removed"]],
    ["we removed, they changed", { a: "1" }, {}, { a: "2" }, [], ["a: removed, changed"]],
    ["both added differently", {}, { a: "1" }, { a: "2" }, [], ["a: added, added"]],
    [
      "members of a map",
      { m: { x: "1", y: "1" } },
      { m: { x: "2", y: "1" } },
      { m: { x: "1", y: "2" } },
      ["m.y = 2"],
      [],
    ],
    ["maps that both added", {}, { m: { x: "1" } }, { m: { y: "1" } }, ["m.y = 1"], []],
    ["a list is one value", { l: ["a"] }, { l: ["a", "b"] }, { l: ["c"] }, [], ["l: changed, changed"]],
    ["another type is another value", { a: "1" }, { a: "1" }, { a: 1n }, ["a = 1"], []],
    [
      "keys with a meaning in JavaScript",
      {},
      {},
      { constructor: "x", toString: "y" },
      ["constructor = x", "toString = y"],
      [],
    ],
  ] as [string, Tree, Tree, Tree, string[], string[]][])("%s", (_, base, ours, theirs, changes, conflicts) => {
    expect(merge(base, ours, theirs)).toEqual({ changes, conflicts });
  });
});

it.each([
  ["ab", "ab", "ab", "ab", false],
  ["a", "ab", "a", "ab", false],
  ["a", "a", "ac", "ac", false],
  ["a", "ab", "ac", "abc", false],
  ["ab", "a", "ab", "a", true],
  ["ab", "ab", "b", "b", true],
  ["ab", "abc", "a", "ac", true],
])("who reads: from %s, ours %s and theirs %s come %s", (base, ours, theirs, recipients, isReduced) => {
  expect(mergeRecipients([...base], [...ours], [...theirs])).toEqual({ recipients: [...recipients], isReduced });
});
