import { expect, test } from "vitest";
import { compareColumns } from "../../../src/environment/parity/compare.ts";
import {
  readStatement,
  type Statement,
  statementOf,
  statementText,
} from "../../../src/environment/parity/statement.ts";
import { verifyStatement } from "../../../src/environment/parity/verify-statement.ts";
import { columnsOf, factsOf, rulesOf, specsOf, today, world } from "./world.ts";

async function pair(production = "deployed" as const) {
  const one = world(production, 1, 1);
  const specs = await specsOf(one);
  const policy = await rulesOf(one);
  const facts = { staging: factsOf(one, specs.staging), production: factsOf(one, specs.production) };
  const report = compareColumns(columnsOf(one, specs, facts), policy);
  return { report, policy, project: "shop", statement: statementOf({ project: "shop", report, policy, day: today }) };
}

test("a statement is an in-toto Statement about environments and releases, the same bytes for the same facts, and read again as it was", async () => {
  const [{ statement }, again] = [await pair(), await pair()];
  const text = statementText(statement);
  expect(text).toBe(statementText(again.statement));
  expect(readStatement(text, "parity.json")).toEqual({ ok: true, value: statement });
  expect(statement).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    predicateType: "urn:tidegate:predicate:parity:1",
    subject: [
      { name: "environment:staging", digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      { name: "environment:production" },
      { name: "release:staging", digest: { sha256: "a".repeat(64) } },
      { name: "release:production", digest: { sha256: "a".repeat(64) } },
    ],
    predicate: { holds: true, day: today },
  });
});

test("promise 6: a statement has no secret and no digest of one", async () => {
  const text = statementText((await pair()).statement);
  expect(text).not.toMatch(/keyed:|own staging|lent|lost s|the one account|perhaps /);
});

test("promise 18: a statement that is right says what it does not prove", async () => {
  const { statement, policy, project, report } = await pair();
  expect(verifyStatement({ statement, policy, project, here: report })).toEqual({
    problems: [],
    notProven: [{ what: "author" }, { what: "secrets" }, { what: "observations" }],
    compared: ["staging", "production"],
    holds: true,
  });
  const elsewhere = verifyStatement({ statement, policy, project, here: { columns: [], rows: [] } });
  expect(elsewhere.problems).toEqual([]);
  expect(elsewhere.notProven.slice(3)).toEqual([
    { what: "environment", environment: "staging" },
    { what: "environment", environment: "production" },
  ]);
});

type Draft = { -readonly [K in keyof Statement["predicate"]]: Statement["predicate"][K] };

const forgeries: readonly (readonly [string, (predicate: Draft) => void, readonly string[]])[] = [
  [
    "a value that is another one",
    ({ results }) => change(results, "VALUE", (row) => ({ ...row, cells: row.cells.map(() => set("7")) })),
    ["subjectsWrong", "notSo", "notSo"],
  ],
  [
    "a verdict that does not follow",
    ({ results }) => change(results, "VALUE", (row) => ({ ...row, cells: [set("60"), set("90")] })),
    ["resultsWrong", "subjectsWrong", "notSo"],
  ],
  ["a result that is left out", (it) => void leaveOut(it, "VALUE"), ["subjectsWrong", "notSo", "notSo"]],
  ["a secret that is left out", (it) => void leaveOut(it, "OWN"), ["resultsWrong", "subjectsWrong"]],
  [
    "secrets that are the same and said to be their own",
    ({ results }) =>
      change(results, "OWN", (row) => ({
        ...row,
        cells: row.cells.map(() => ({ state: "secret" as const, alike: 1 })),
      })),
    ["resultsWrong", "subjectsWrong"],
  ],
  ["a claim that does not follow", (it) => void assign(it, { holds: false }), ["resultsWrong"]],
  [
    "rules of another definition",
    (it) => void assign(it, { policy: { digest: { sha256: "0".repeat(64) } } }),
    ["policyChanged"],
  ],
  ["another project", (it) => void assign(it, { project: "other" }), ["otherProject"]],
];

test.each(forgeries)("a statement is refuted that has %s", async (_, forge, problems) => {
  const { statement, policy, project, report } = await pair();
  const forged = structuredClone(statement);
  forge(forged.predicate as Draft);
  const found = verifyStatement({ statement: forged, policy, project, here: report }).problems;
  expect(found.map(({ problem }) => problem)).toEqual(problems);
});

test.each([
  ["no JSON", "{", "statement-invalid"],
  ["a list", "[]", "statement-invalid"],
  [
    "a signed envelope",
    `{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[]}`,
    "signed envelope",
  ],
  [
    "another predicate",
    `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1"}`,
    "different kind",
  ],
])("%s is no statement of parity", (_, text, told) => {
  const read = readStatement(text, "parity.json");
  expect(JSON.stringify(read)).toContain("statement-invalid");
  expect(JSON.stringify(read)).toContain(told);
});

test("a statement with a field that nobody knows is refused: it could say anything", async () => {
  const { statement } = await pair();
  const more = { ...statement, predicate: { ...statement.predicate, waived: true } };
  expect(readStatement(JSON.stringify(more), "parity.json").ok).toBe(false);
});

type Row = Statement["predicate"]["results"][number];

function change(results: Row[], key: string, how: (row: Row) => Row): void {
  const at = results.findIndex((row) => row.key === key && row.dimension !== "types");
  results[at] = how(results[at]!);
}

function leaveOut(predicate: Draft, key: string): void {
  predicate.results = predicate.results.filter((row) => row.key !== key || row.dimension === "types");
}

function assign(predicate: Draft, more: Partial<Draft>): void {
  Object.assign(predicate, more);
}

function set(text: string) {
  return { state: "set" as const, text };
}
