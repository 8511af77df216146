import { expect, test } from "vitest";
import { compareColumns } from "../../../src/environment/parity/compare.ts";
import { type ColumnFacts, type Held, seenFacts } from "../../../src/environment/parity/facts.ts";
import type { DeclaredDifference, Policy } from "../../../src/environment/parity/policy.ts";
import { parityRefusals } from "../../../src/environment/parity/refusals.ts";
import type { Dimension, ParityColumn, Verdict } from "../../../src/environment/parity/report.ts";
import { specFacts } from "../../../src/environment/parity/spec-facts.ts";
import { specOf } from "../../rollout/fixtures.ts";
import { digest } from "../fixtures.ts";

const rules: Policy = { declared: [], secrets: {}, because: [], after: { production: "staging", last: "production" } };

const text = (text: string): Held => ({ is: "text", text });
const keyed = (digest: string): Held => ({ is: "secret", digest });
const hidden = (observable = false): Held => ({ is: "unknown", unknown: { because: "notReachable", observable } });
const byHand = (text: string): Held => ({ is: "text", text, byHand: true });
const none = undefined;

/** Columns `staging`, `production`, `last` that have this for one key. */
function columns(
  dimension: Dimension,
  held: readonly (Held | undefined)[],
  more: readonly Partial<ParityColumn>[] = [],
) {
  return held.map((one, at): ColumnFacts => {
    const name = ["staging", "production", "last"][at]!;
    const facts = one === undefined ? [] : [{ dimension, key: "K", held: one }];
    return { column: { name, basis: "deployed", release: digest("a"), ...more[at] }, facts };
  });
}

function verdict(
  dimension: Dimension,
  held: readonly (Held | undefined)[],
  policy: Partial<Policy> = {},
  more?: readonly Partial<ParityColumn>[],
): Verdict {
  const [row] = compareColumns(columns(dimension, held, more), { ...rules, ...policy }).rows;
  const { dimension: _, key: _key, cells: _cells, ...rest } = row!;
  return rest as Verdict;
}

const says = { reason: "on purpose", owner: "team-web", until: "2027-03-01" };
const declared = (more: Partial<DeclaredDifference> = {}): Partial<Policy> => ({
  declared: [{ dimension: "config", key: "K", ...says, path: [], isNeedless: false, isExpired: false, ...more }],
});
const violation = (violation: string, more = {}) => ({ verdict: "violation", violation, ...more });
const unknown = { verdict: "unknown", unknown: { because: "notReachable", observable: false } };
const own = { verdict: "declared", allowed: { by: "own" } };

test.each([
  ["all the same", [text("1"), text("1"), text("1")], {}, { verdict: "equal" }],
  ["one of three differs", [text("1"), text("1"), text("2")], {}, violation("undeclared")],
  ["one has none", [text("1"), none, text("1")], {}, violation("undeclared")],
  ["one is not known, the others agree", [text("1"), hidden(), text("1")], {}, unknown],
  ["one is not known, the others differ all the same", [text("1"), hidden(), text("2")], {}, violation("undeclared")],
  [
    "it is declared, with owner and last day",
    [text("1"), text("2")],
    declared(),
    { verdict: "declared", allowed: { by: "differs", ...says } },
  ],
  ["it is declared, and one is not known", [text("1"), hidden()], declared(), unknown],
  ["these two are the same, and another environment is not", [text("1"), text("1")], declared(), { verdict: "equal" }],
  [
    "nothing differs any more",
    [text("1"), text("1")],
    declared({ isNeedless: true }),
    violation("needless", { declared: says }),
  ],
  ["its day is over", [text("1"), text("2")], declared({ isExpired: true }), violation("expired", { declared: says })],
  [
    "its day is over, and nothing is known",
    [hidden(), hidden()],
    declared({ isExpired: true }),
    violation("expired", { declared: says }),
  ],
  [
    "it is declared for an environment that is not compared",
    [text("1"), text("2")],
    declared({ environment: "last" }),
    violation("undeclared"),
  ],
  ["set by hand where it serves", [text("1"), byHand("2")], {}, violation("byHand")],
  ["set by hand in both, to the same", [byHand("2"), byHand("2")], {}, { verdict: "equal" }],
] as const)("promise 9: config: %s", (_, held, policy, expected) => {
  expect(verdict("config", held, policy)).toEqual(expected);
});

test.each([
  ["each its own", [keyed("a"), keyed("b"), keyed("c")], {}, own],
  ["two of three the same", [keyed("a"), keyed("b"), keyed("a")], {}, violation("sameSecret")],
  ["two the same, one not known", [keyed("a"), keyed("a"), hidden()], {}, violation("sameSecret")],
  ["one not known", [keyed("a"), keyed("b"), hidden()], {}, unknown],
  ["one has none", [keyed("a"), none], {}, violation("undeclared")],
  ["one has none and needs none", [keyed("a"), none], { K: { isOptional: true } }, own],
  ["shared and the same", [keyed("a"), keyed("a")], { K: { shared: "why" } }, { verdict: "equal", shared: "why" }],
  ["shared and not the same", [keyed("a"), keyed("b")], { K: { shared: "why" } }, violation("sharedDiffers")],
  ["shared, and one has none", [keyed("a"), none], { K: { shared: "why" } }, violation("sharedDiffers")],
] as const)("promise 9: secrets: %s", (_, held, secrets, expected) => {
  expect(verdict("secrets", held, { secrets })).toEqual(expected);
});

test("of secrets a report has neither values nor digests", () => {
  const report = compareColumns(columns("secrets", [keyed("abc"), keyed("def"), keyed("abc")]), rules);
  expect(report.rows[0]?.cells).toEqual([
    { state: "secret", alike: 1 },
    { state: "secret", alike: 2 },
    { state: "secret", alike: 1 },
  ]);
  expect(JSON.stringify(report)).not.toMatch(/abc|def/);
});

test.each([
  ["in order", ["a", "b"], rules.after, { verdict: "declared", allowed: { by: "order" } }],
  ["in order, over one between", ["a", "b", "c"], rules.after, { verdict: "declared", allowed: { by: "order" } }],
  ["side by side", ["a", "b"], {}, violation("undeclared")],
  ["side by side, the same", ["a", "a"], {}, { verdict: "equal" }],
] as const)("promise 9: releases that stand %s", (_, letters, after, expected) => {
  const more = letters.map((letter) => ({ release: digest(letter) }));
  expect(
    verdict(
      "release",
      letters.map((letter) => text(letter)),
      { after },
      more,
    ),
  ).toEqual(expected);
});

test("what is part of a release may differ where releases do, and nowhere else", () => {
  const commands = [text("node a.js"), text("node b.js")];
  expect(verdict("commands", commands, {}, [{}, { release: digest("b") }])).toEqual({
    verdict: "declared",
    allowed: { by: "release" },
  });
  expect(verdict("commands", commands)).toEqual(violation("undeclared"));
  expect(verdict("config", commands, {}, [{}, { release: digest("b") }])).toEqual(violation("undeclared"));
});

test("a laptop may run something else than the environments, a CI may not; it is compared in nothing else", () => {
  const of = (name: string) =>
    verdict("runtime", [text("node 24"), text("node 24"), text("node 22")], {}, [{}, {}, { name, basis: "machine" }]);
  expect(of("here")).toEqual({ verdict: "declared", allowed: { by: "machine" } });
  expect(of("ci")).toEqual(violation("undeclared"));
  const machine: ColumnFacts = { column: { name: "here", basis: "machine" }, facts: [], only: ["runtime"] };
  const report = compareColumns([...columns("config", [text("1"), text("1")]), machine], rules);
  expect(report.rows).toMatchObject([{ verdict: "equal", cells: [{}, {}, { state: "notCompared" }] }]);
});

test.each([
  ["16", "16.4", undefined],
  ["16", "16", undefined],
  ["16", "160.1", "otherVersion"],
  ["16", "15.9", "otherVersion"],
] as const)("a database that is declared %s and answers %s", (version, seen, expected) => {
  const spec = { resource: "postgres", name: "db", version, backup: { keep: 1, maxAgeMs: 1 } } as const;
  const facts = seenFacts([spec], new Map([["db", { is: "version", version: seen }]]));
  const [row] = compareColumns([{ column: { name: "staging", basis: "deployed" }, facts }], rules).rows;
  expect(row).toMatchObject(expected === undefined ? { verdict: "equal" } : violation(expected));
});

test("promise 18: what could have been seen and is not known refuses a deployment, what could not does not", () => {
  const refused = (observable: boolean) =>
    parityRefusals(compareColumns(columns("resources", [text("16.4"), hidden(observable)]), rules));
  expect(refused(false)).toEqual([]);
  expect(refused(true)).toMatchObject([{ code: "parity-unknown", hint: expect.stringContaining("tidegate parity") }]);
});

test("a strategy is told with all of its options, times as the definition has them", () => {
  const analysis = { alpha: 0.01, tolerance: 1, guarded: false };
  const canary = {
    strategy: "canary",
    steps: [5, 50],
    hold: 600_000,
    onNoEvidence: "hold",
    bake: 900_000,
    analysis,
  } as const;
  const [fact] = specFacts(specOf({ release: "aaa", strategy: canary })).filter(({ key }) => key === "strategy");
  expect(fact?.held).toEqual(
    text(
      'canary, analysis {"alpha":0.01,"guarded":false,"tolerance":1}, bake 15m, hold 10m, onNoEvidence hold, steps [5,50]',
    ),
  );
});
