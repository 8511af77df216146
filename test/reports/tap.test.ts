import { spawnSync } from "node:child_process";
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

  it.each(["1..0", "1..0 skip no database\n", "1..0 Skipped: no database\n"])("may say so as %j", (text) => {
    expect(tap(text).tests).toEqual([]);
  });

  it("of version 12 says in its plan, as Perl wrote it, which tests need not pass", () => {
    expect(lines(tap("1..3 todo 3 2;\nok 1\nok 2\nnot ok 3\n"))).toEqual(["✔ (unnamed)", "– (unnamed)", "– (unnamed)"]);
  });

  it("may have a `not` on a line of its own: what follows has failed", () => {
    expect(lines(tap("1..2\nnot \nok 1 - a\nok 2 - b\n"))).toEqual(["✘ a: ", "✔ b"]);
  });

  it.each([
    ["was cut off before its plan", "TAP version 13\nok 1 - a\n", /no plan/],
    ["has fewer tests than it promises", "1..3\nok 1\nok 2\n", /promises 3 tests, but it has 2/],
    ["is no TAP", "hello\nworld\n", /not TAP/],
    ["is empty", "", /not TAP/],
  ])("that %s is refused", (_, text, expected) => {
    expect(() => tap(text)).toThrow(expected);
  });

  it("with lines and depths without end is read all the same", () => {
    const deep = Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth * 4)}# Subtest: d${depth}`).join("\n");
    const report = tap(`1..1\n${deep}\n${"x".repeat(1 << 20)}\nok 1 - ${"y".repeat(1 << 20)}\n`);
    expect(report.tests.at(-1)!.name.length).toBeLessThanOrEqual(500);
  });
});

describe("Perl's harness and this reader", () => {
  const harness = spawnSync("perl", ["-MTAP::Parser", "-e", "1"]).status === 0;

  it.each([
    ["a name that ends in a brace", "1..2\nok 1 - reads {\nnot ok 2 - reads }\n"],
    ["a name that ends in a brace, with output below it", "1..1\nok 1 - reads {\n    some: output\n"],
    ["an object that a test printed", "1..1\nok 1 - a\n{\n    ok: true,\n}\n"],
    ["a brace that nothing closes", "1..2\nok 1 - a\n{\nok 2 - b\n"],
    ["fewer tests than planned", "1..3\nok 1\nok 2\n"],
    ["more tests than planned", "1..2\nok 1\nok 2\nok 3\n"],
    ["tests out of sequence", "1..2\nok 1\nok 3\n"],
    ["two plans", "1..1\n1..1\nok 1\n"],
    ["a plan in the middle", "ok 1\n1..2\nok 2\n"],
    ["no plan", "ok 1\n"],
    ["a plan of none with a test", "1..0 # SKIP nothing\nok 1\n"],
    ["an old version", "TAP version 12\n1..1\nok 1\n"],
    ["a version behind the plan", "1..1\nTAP version 13\nok 1\n"],
    ["a directive behind another sign", "1..1\nnot ok 1 - issue #12 # TODO later\n"],
    ["a directive without a space", "1..1\nnot ok 1 - a#TODO later\n"],
    ["a directive that is escaped", "1..1\nnot ok 1 - a \\# TODO later\n"],
    ["a backslash that is escaped in front of a directive", "1..1\nnot ok 1 - a \\\\# TODO later\n"],
    ["a word that only begins like a directive", "1..2\nnot ok 1 - a # TODOs\nok 2 - b # skipped\n"],
    ["a skipped test that is not ok", "TAP version 13\n1..1\nnot ok 1 - a # SKIP\n"],
    ["tests that the plan calls to be done", "1..3 todo 2 3\nok 1\nnot ok 2\nok\n"],
    ["indentation that is none of a subtest", "1..1\n  not ok 1 - a\nok 1 - b\n"],
    ["a test without number or name", "1..2\nok\nnot ok\n"],
  ])("agree on %s", (_, text) => {
    let own: string;
    try {
      own = tap(text)
        .tests.map(({ result }) => (result === "failed" ? "✘" : "✔"))
        .join("");
    } catch {
      own = "refused";
    }
    if (harness) expect(own).toBe(harnessOf(text));
    expect(own).not.toBe("");
  });
});

const script = `use TAP::Parser; local $/; my $text = <STDIN>; my $parser = TAP::Parser->new({ tap => $text }); my $said = "";
while (my $one = $parser->next) { $said .= $one->is_ok ? "+" : "-" if $one->is_test } print $parser->parse_errors ? "refused" : $said;`;

/** Each test as good or bad, or that it is refused, as Perl's harness says it. */
function harnessOf(text: string): string {
  const { stdout } = spawnSync("perl", ["-e", script], { input: text, encoding: "utf8" });
  return stdout === "refused" ? stdout : stdout.replaceAll("+", "✔").replaceAll("-", "✘");
}

describe("subtests in braces", () => {
  it("may have their diagnosis in front of the brace", () => {
    const report = tap(
      "TAP version 14\n1..1\nnot ok 1 - outer # time=5ms\n  ---\n  at: a.js:3\n  ...\n{\n    1..2\n    ok 1 - x\n    not ok 2 - y\n}\n",
    );
    expect(lines(report)).toEqual(["✔ outer › x", "✘ outer › y: "]);
  });

  it("with other tests than their plan has are failures of their own", () => {
    for (const plan of ["1..1", "1..3"]) {
      const report = tap(`TAP version 14\n1..1\nok 1 - outer {\n    ${plan}\n    ok 1 - x\n    ok 2 - y\n}\n`);
      expect(lines(report)).toEqual(["✔ outer › x", "✔ outer › y", "✘ outer: "]);
    }
  });

  it("that were cut off are refused", () => {
    expect(() => tap("TAP version 14\n1..1\nok 1 - outer {\n    ok 1 - x\n")).toThrow(/unclosed/);
    expect(() => tap("TAP version 14\n1..2\nok 1 - a {\n    ok 1 - x\n    1..1\n}\nok 2 - b {\n")).toThrow(/unclosed/);
  });
});
