import { expect, test } from "vitest";
import { parityLines } from "../../../src/cli/render/lines/parity-lines.ts";
import { palette } from "../../../src/cli/render/palette.ts";
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
const lines = (...rows: ParityRow[]) => parityLines(report(...rows), { all: false, width: 80 }, palette(false));

test("promise 18: what is unknown is counted and named where it is said how it stands", () => {
  expect(lines(unknown).slice(-2)).toEqual([
    "✔ equal except where declared, as far as it is known: 0 declared, 1 unknown",
    "! 1 unknown: db seen (resources)",
  ]);
});

test("a violation says what to write, and where", () => {
  expect(lines(differs).join("\n").replace(/\n\s+/g, " ")).toContain(
    'In config: LEVEL: differs(SCHEMA, "reason"), with its own schema, and a value in the config of each environment',
  );
  expect(lines(differs).at(-1)).toBe("✘ 1 violation, 0 declared");
});

test("promise 18: the gate says that it compared with the definition, because nothing serves there", () => {
  expect(showParity("production", report(unknown)).split("\n")).toEqual([
    "production | ✔ parity with staging: equal except for 0 declared differences, 1 unknown",
    "production | ! nothing serves in staging: compared with what the definition says of it",
    "production | ! db seen: unknown: it could not be reached",
  ]);
});
