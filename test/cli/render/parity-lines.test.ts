import { expect, test } from "vitest";
import { parityLines } from "../../../src/cli/render/lines/parity-lines.ts";
import { palette } from "../../../src/cli/render/palette.ts";
import { showConfigType } from "../../../src/cli/render/words/config-type.ts";
import { showParity } from "../../../src/cli/render/words/parity.ts";
import type { ParityReport, ParityRow } from "../../../src/environment/parity/report.ts";

const set = (text: string) => ({ state: "set", text }) as const;
const unknown: ParityRow = {
  ...{ dimension: "resources", key: "db seen", verdict: "unknown", cells: [set("16.4"), set("?")] },
  unknown: { because: "notReachable", observable: false },
};
const differs: ParityRow = {
  ...{ dimension: "config", key: "LEVEL", verdict: "violation", violation: "undeclared" },
  cells: [set("debug"), set("info")],
};
const report = (...rows: ParityRow[]): ParityReport => ({
  columns: [
    { name: "staging", basis: "definition" },
    { name: "production", basis: "planned", release: `sha256:${"a".repeat(64)}` },
  ],
  rows,
});
const lines = (...rows: ParityRow[]) =>
  parityLines(report(...rows), { all: false, named: [], width: 80 }, palette(false));

test("promise 18: what is unknown is counted and named where it is said how it stands", () => {
  expect(lines(unknown).slice(-2)).toEqual([
    "✔ equal except where declared, as far as is known: 0 declared, 1 unknown",
    "! 1 unknown: db seen (resources)",
  ]);
});

const own: ParityRow = {
  ...{ dimension: "config", key: "PORT", verdict: "equal" },
  cells: [{ state: "notCompared" }, set("80")],
};

test("what only one column has is not told as equal", () => {
  expect(lines({ ...own, cells: [set("80"), set("80")] }, own).slice(-2)).toEqual([
    "≡ 1 equal, – 1 in one column alone (--all shows them)",
    "✔ equal except where declared: 0 declared",
  ]);
});

test("an environment that stands alone is compared with none, and nothing about it is told as equal", () => {
  const { columns } = report();
  const alone: ParityReport = { columns: columns.slice(0, 1), rows: [{ ...own, cells: [set("80")] }] };
  const told = parityLines(alone, { all: true, named: ["staging"], width: 120 }, palette(false));
  expect(told).toEqual([
    "staging  the definition: nothing is serving there",
    "",
    "  config  staging",
    "– PORT    80",
    "",
    "! not compared with another environment: staging does not come after one. Name two: tidegate parity staging OTHER",
  ]);
});

test("types are told in words", () => {
  const typed = (type: object) => showConfigType(JSON.stringify(type));
  expect(typed({ kind: "differs", schema: { format: "uri", type: "string" } })).toBe("string, format uri, may differ");
  expect(typed({ kind: "value", schema: { enum: ["a", "b"], type: "string" } })).toBe("a | b");
  expect(typed({ kind: "value", schema: { enum: [1, "b"], default: 1 } })).toBe("1 | b, default 1");
  expect(typed({ kind: "value", schema: { anyOf: [{ type: "string" }, { type: "null" }] } })).toBe("string or null");
  expect(typed({ kind: "value", schema: { type: ["integer", "null"], minimum: 0 } })).toBe(
    "integer or null, minimum 0",
  );
  expect(typed({ kind: "secret", shared: true, schema: { minLength: 8, type: "string" } })).toBe(
    "string, minLength 8, shared secret",
  );
  expect(typed({ kind: "value", schema: { vendor: "zod" } })).toBe("a schema of zod");
  expect(typed({ kind: "value", schema: {} })).toBe("anything");
  expect(typed({ kind: "value", schema: true })).toBe("true");
  expect(showConfigType("no JSON")).toBe("no JSON");
});

test("a violation says what to write, and where", () => {
  expect(lines(differs).join("\n").replace(/\n\s+/g, " ")).toContain(
    'In config: LEVEL: differs(SCHEMA, "reason"), with its own schema, and a value in the config of each environment',
  );
  expect(lines(differs).at(-1)).toBe("✘ 1 violation, 0 declared");
});

test("promise 18: the gate says that it compared with the definition, because nothing serves there", () => {
  expect(showParity("production", report(unknown)).split("\n")).toEqual([
    "production | ✔ parity with staging: equal except for 1 unknown",
    "production | ! nothing is serving in staging: compared with what the definition says about it",
    "production | ! db seen: unknown: it could not be reached",
  ]);
});
