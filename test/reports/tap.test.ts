import { describe, expect, it } from "vitest";
import { lines, reportIn } from "./read.ts";

const tap = (text: string) => reportIn(text, "report.tap");

describe("a TAP report", () => {
  it("has tests with directives, whatever their case, and names with escaped signs", () => {
    const report = tap(
      `TAP version 13\n1..6\nok 1 - one\nnot ok 2 two\nok # skip no network\nnot ok 4 - later # ToDo mend it\nok 5 - a \\# b\nok - 6 # time=12.5ms\r\n`,
    );
    expect(lines(report)).toEqual(["✔ one", "✘ two: ", "– (unnamed)", "– later", "✔ a # b", "✔ 6"]);
    expect(report.tests[5]?.durationMs).toBe(12.5);
    expect(report.tests[2]?.message).toBe("no network");
  });

  it("has diagnoses in YAML", () => {
    const report = tap(
      `TAP version 14\nnot ok 1 - sum\n  ---\n  message: "one\\nand more"\n  at:\n    file: test/sum.js\n    line: 12\n  ...\nnot ok 2 - other\n  ---\n  error: |-\n    first line\n    second line\n  stack: |-\n    Test.<anonymous> (test/other.js:4:2)\n  ...\n1..2\n`,
    );
    expect(lines(report)).toEqual(["✘ sum (test/sum.js:12): one", "✘ other (test/other.js:4): first line"]);
  });

  it("has a subtest that failed although all in it passed as a failure of its own", () => {
    const report = tap(
      `TAP version 14\n# Subtest: a\n    ok 1 - x\n    1..1\nnot ok 1 - a\n# Subtest: b\n    ok 1 - y\n    1..2\nok 2 - b\n1..2\n`,
    );
    expect(lines(report)).toEqual(["✔ a › x", "✘ a: ", "✔ b › y", "✘ b: "]);
  });

  it("that bails out failed", () => {
    expect(lines(tap(`1..3\nok 1\nBail out! no database\n`))).toEqual(["✔ (unnamed)", "✘ Bail out!: no database"]);
  });

  it("may promise no test at all", () => {
    expect(tap("TAP version 13\n1..0 # SKIP nothing to do\n").tests).toEqual([]);
  });

  it.each([
    ["was cut off before its plan", "TAP version 13\nok 1 - a\n", /no plan/],
    ["has fewer tests than it promises", "1..3\nok 1\nok 2\n", /promises 3 tests, but it has 2/],
    ["is no TAP", "hello\nworld\n", /no TAP/],
    ["is empty", "", /no TAP/],
  ])("that %s is refused", (_, text, expected) => {
    expect(() => tap(text)).toThrow(expected);
  });

  it("with lines and depths without end is read all the same", () => {
    const deep = Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth * 4)}# Subtest: d${depth}`).join("\n");
    const report = tap(`1..1\n${deep}\n${"x".repeat(1 << 20)}\nok 1 - ${"y".repeat(1 << 20)}\n`);
    expect(report.tests.at(-1)!.name.length).toBeLessThanOrEqual(500);
  });
});
