import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCobertura } from "../../src/reports/cobertura.ts";
import { Coverage } from "../../src/reports/coverage.ts";
import { coverageFailure } from "../../src/reports/coverage-gate.ts";
import { readLcov } from "../../src/reports/lcov.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { sample } from "./read.ts";

function covered(read: typeof readLcov, ...texts: readonly string[]): Coverage {
  const coverage = new Coverage();
  const folder = tempFolder();
  for (const [number, text] of texts.entries()) {
    writeFileSync(join(folder, String(number)), text);
    read(join(folder, String(number)), coverage);
  }
  return coverage;
}

const lcov = (file: string, ...records: string[]) => `TN:\nSF:${file}\n${records.join("\n")}\nend_of_record\n`;

describe("coverage", () => {
  it("of Jest is the same in lcov and in Cobertura", () => {
    const expected = {
      lines: { covered: 1, total: 1 },
      branches: { covered: 1, total: 2 },
      functions: { covered: 1, total: 2 },
    };
    for (const [read, name] of [
      [readLcov, "jest.lcov.info"],
      [readCobertura, "jest.cobertura.xml"],
    ] as const) {
      const coverage = new Coverage();
      read(sample(name), coverage);
      expect(coverage.figures()).toEqual(expected);
    }
  });

  it("counts records and not what the report claims in total", () => {
    const { lines } = covered(readLcov, lcov("a.js", "DA:1,1", "DA:2,0", "LF:100", "LH:100")).figures();
    expect(lines).toEqual({ covered: 1, total: 2 });
  });

  it("of several reports has reached what one of them reached", () => {
    const first = lcov("a.js", "FNDA:0,f", "FNDA:1,g", "DA:1,1", "DA:2,0", "BRDA:1,0,0,-", "BRDA:1,0,1,3");
    const second = lcov("a.js", "FNDA:2,f", "DA:1,0", "DA:2,5", "DA:3,0", "BRDA:1,0,0,1", "BRDA:1,0,1,0");
    expect(covered(readLcov, first, second).figures()).toEqual({
      lines: { covered: 2, total: 3 },
      branches: { covered: 2, total: 2 },
      functions: { covered: 2, total: 2 },
    });
  });

  it("of lcov 2.2 counts a function once, whatever names it has, and finds it in other reports by its line", () => {
    const first = lcov("a.cc", "FNL:0,3,9", "FNA:0,0,A::f(int, char)", "FNA:0,2,_ZN1A1fEic", "FNL:1,12", "FNA:1,0,g");
    const second = lcov("a.cc", "FNL:0,12", "FNA:0,1,g", "FNL:1,20,22", "FNA:1,0,h", "FNL:2,20,22", "FNA:2,0,i");
    expect(covered(readLcov, first, second).figures().functions).toEqual({ covered: 2, total: 4 });
    expect(() => covered(readLcov, lcov("a.cc", "FNA:3,1,f"))).toThrow(/no function 3/);
  });

  it("of lcov 2 knows marked branches, expressions with commas, and conditions, versions and comments", () => {
    const records = [
      "VER:1",
      "BRDA:4,0,f(a, b),1",
      "BRDA:4,0,!f(a, b),0",
      "BRDA:7,e0,1,-",
      "BRDA:7,fU0,2,0",
      "BRDA:7,U0,3,0",
      "MCDC:4,2,t,1,0,a",
      "MCF:1",
      "#note",
    ];
    const { branches, lines } = covered(
      readLcov,
      `# made by hand\n${lcov("a.v", "DA:4,1,checksum", ...records)}`,
    ).figures();
    expect({ branches, lines }).toEqual({ branches: { covered: 1, total: 3 }, lines: { covered: 1, total: 1 } });
  });

  it("knows functions that were never called, also where only their beginning is told of", () => {
    const { functions } = covered(readLcov, lcov("a.py", "FN:1,5,f", "FN:7,g", "FNDA:1,f")).figures();
    expect(functions).toEqual({ covered: 1, total: 2 });
  });

  it.each(["true", "True", "TRUE", "1"])("in Cobertura knows branches that are written as %s", (yes) => {
    const xml = `<coverage><class filename="a"><line number="1" hits="1" branch="${yes}" condition-coverage="75 % ( 3 / 4 )"/><line number="2" hits="1" branch="False" condition-coverage="0% (0/2)"/></class></coverage>`;
    expect(covered(readCobertura, xml).figures().branches).toEqual({ covered: 3, total: 4 });
  });

  it("in Cobertura takes what is worth of a line that stands in a class and in a method", () => {
    const xml = `<?xml version="1.0"?><coverage><packages><package><classes>
      <class name="A" filename="src/A.java"><methods><method name="of" signature="()V"><lines><line number="3" hits="1"/></lines></method></methods>
      <lines><line number="3" hits="1" branch="true" condition-coverage="25% (1/4)"/><line number="4" hits="0" branch="false"/></lines></class>
    </classes></package></packages></coverage>`;
    expect(covered(readCobertura, xml).figures()).toEqual({
      lines: { covered: 1, total: 2 },
      branches: { covered: 1, total: 4 },
      functions: { covered: 1, total: 1 },
    });
  });

  it.each([
    ["lcov that is none", readLcov, "hello", /not an lcov/],
    ["lcov that is empty", readLcov, "", /no file/],
    ["lcov that was cut off", readLcov, "SF:a.js\nDA:1,1\n", /end_of_record/],
    ["lcov with a line that is no number", readLcov, lcov("a", "DA:x,1"), /not a number/],
    ["lcov with lines that no file has", readLcov, lcov("a", "DA:4294967295,1"), /line 4294967295/],
    ["lcov with a line below zero", readLcov, lcov("a", "DA:-1,1"), /line -1/],
    ["lcov without line ends", readLcov, "SF:".padEnd(1 << 20, "x"), /too long/],
    ["Cobertura that is none", readCobertura, "<html/>", /not a Cobertura/],
    ["Cobertura with entities", readCobertura, `<!DOCTYPE x [<!ENTITY a "b">]><coverage/>`, /document type/],
    [
      "Cobertura with lines of endless branches",
      readCobertura,
      `<coverage><class filename="a"><line number="1" hits="1" branch="true" condition-coverage="0% (0/99999999)"/></class></coverage>`,
      /branches/,
    ],
  ])("refuses %s", (_, read, text, expected) => {
    expect(() => covered(read, text)).toThrow(expected);
  });
});

describe("a minimum of coverage", () => {
  const coverage = covered.bind(undefined, readLcov);
  const files = [
    lcov("bad.js", "DA:1,0", "DA:2,0", "DA:3,1"),
    lcov("good.js", ...Array.from({ length: 17 }, (_, line) => `DA:${line + 1},1`)),
  ];
  const judged = (minimum: Parameters<typeof coverageFailure>[2]) =>
    coverageFailure("test", coverage(...files), minimum);

  it("is met by exactly that much", () => {
    expect(judged(90)).toBeUndefined();
    expect(judged({ lines: 90 })).toBeUndefined();
    expect(judged(undefined)).toBeUndefined();
  });

  it("that is not met is a failure with the figures and the worst files", () => {
    expect(judged(90.01)).toEqual({
      code: "coverage-below",
      message: 'The tests of task "test" cover 90 % of lines, not 90.01 %',
      cause: "bad.js: 33.33 %, 2 lines missed",
      hint: "Test what is missing, or lower `minimum` in `reports.coverage`.",
    });
  });

  it("is not met by what was not measured", () => {
    expect(judged({ branches: 1 })?.message).toMatch(/cover none of branches, not 1 %/);
    expect(judged({ branches: 0 })).toBeUndefined();
  });
});
