import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, onTestFinished } from "vitest";
import { readJunit } from "../../src/reports/junit.ts";
import { lines, reportIn } from "./read.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("a JUnit report", () => {
  it("is counted by its tests, and not by what its suites claim", () => {
    const report = reportIn(`<?xml version="1.0" encoding="UTF-8"?>
      <testsuites tests="99" failures="0">
        <testsuite name="outer" tests="7">
          <testcase name="one" classname="a.b" time="0.1"/>
          <testsuite name="inner">
            <testcase name="two" file="src/x.test.ts" line="7"><failure message="expected 1 &lt; 0" type="E">at x</failure></testcase>
            <testcase name="three"><error>boom
second line</error></testcase>
            <testcase name="four"><skipped/></testcase>
          </testsuite>
        </testsuite>
        <testsuite name="other"><testcase name="five"><system-out>&amp; fine</system-out></testcase></testsuite>
      </testsuites>`);
    expect(lines(report)).toEqual([
      "✔ outer › a.b › one",
      "✘ outer › inner › two (src/x.test.ts:7): expected 1 < 0",
      "✘ outer › inner › three: boom",
      "– outer › inner › four",
      "✔ other › five",
    ]);
    expect(report.tests[0]?.durationMs).toBe(100);
  });

  it("may be a single suite, with text in CDATA", () => {
    const xml = `<testsuite><testcase name="a" classname="C"><failure><![CDATA[1 < 2 & ]]]]><![CDATA[> 3]]></failure></testcase></testsuite>`;
    expect(lines(reportIn(xml))).toEqual(["✘ C › a: 1 < 2 & ]]> 3"]);
  });

  it("has a test once that failed twice, and one that was skipped after it failed as failed", () => {
    const xml = `<testsuite><testcase name="a"><failure/><error/><skipped/></testcase></testsuite>`;
    expect(lines(reportIn(xml))).toEqual(["✘ a: "]);
  });

  it("may have failures of a suite itself", () => {
    const xml = `<testsuites><testsuite name="s" errors="1"><error message="cannot load"/></testsuite></testsuites>`;
    const report = reportIn(xml);
    expect(lines(report)).toEqual(["✘ s › (suite): cannot load"]);
    expect(report.untoldFailures).toBe(0);
  });

  it("that claims more failures than it tells of says so", () => {
    const xml = `<testsuites><testsuite name="s" errors="1" failures="1"><testcase name="a"><failure/></testcase></testsuite></testsuites>`;
    expect(reportIn(xml).untoldFailures).toBe(1);
  });

  it.each([
    [
      "in suites below",
      `<testsuites failures="2"><testsuite failures="2"><testcase name="a"><failure/></testcase></testsuite></testsuites>`,
      1,
    ],
    ["in two suites", `<testsuites><testsuite failures="2"/><testsuite errors="1"/></testsuites>`, 3],
    ["at its root only", `<testsuites failures="1"><testsuite><testcase name="a"/></testsuite></testsuites>`, 1],
    [
      "that one test has several of",
      `<testsuite failures="2"><testcase name="a"><failure/><failure/></testcase></testsuite>`,
      0,
    ],
    [
      "fewer than it tells of",
      `<testsuite failures="1"><testcase name="a"><failure/><failure/></testcase></testsuite>`,
      0,
    ],
    [
      "that do not count",
      `<testsuite failures="1"><testcase name="a" failure="x"><skipped/><failure/></testcase></testsuite>`,
      0,
    ],
    ["that an attribute tells of", `<testsuite failures="1"><testcase name="a" status="failed"/></testsuite>`, 0],
    [
      "as errors, which gotestsum counts lines of a linker as",
      `<testsuites errors="2"><testsuite><properties><property name="go.version" value="go1.25"/></properties><testcase name="a"/></testsuite></testsuites>`,
      0,
    ],
  ])("that claims failures %s leaves as many untold", (_, xml, untold) => {
    expect(reportIn(xml).untoldFailures).toBe(untold);
  });

  it.each([
    ['status="notrun"', "–"],
    ['status="run" result="skipped"', "–"],
    ['result="suppressed" status="notrun"', "–"],
    ['status="disabled"', "–"],
    ['result="Ignored"', "–"],
    ['status="Not Run"', "–"],
    ['executed="False"', "–"],
    ['skipped="TRUE"', "–"],
    ['status="run" result="completed"', "✔"],
    ['status="passed"', "✔"],
    ['executed="True" success="True"', "✔"],
    ['status="failed"', "✘"],
    ['result="Failure" executed="True"', "✘"],
    ['success="False"', "✘"],
    ['status="errored"', "✘"],
    ['status="run" result="interrupted"', "✘"],
    ['status="disabled" result="failed"', "✘"],
  ])("may tell a result by attributes alone: %s", (attributes, mark) => {
    const xml = `<testsuite><testcase name="a" ${attributes}/></testsuite>`;
    expect(lines(reportIn(xml))[0]?.[0]).toBe(mark);
  });

  it("tells a failure by its element, whatever an attribute says", () => {
    const xml = `<testsuite><testcase name="a" status="disabled"><failure message="no"/></testcase></testsuite>`;
    expect(lines(reportIn(xml))).toEqual(["✘ a: no"]);
  });

  it("tells tests apart by the suites around their class, except such as hold everything or repeat it", () => {
    const suite = (name: string, inner: string) => `<testsuite name="${name}">${inner}</testsuite>`;
    const test = `<testcase classname="shop.CartTest" name="adds"/>`;
    const xml = ["pytest", "chrome", "firefox", "/home/dev/phpunit.xml", "shop", "shop/CartTest", "CartTest"];
    const report = reportIn(
      `<testsuites>${xml.map((name) => suite(name, test)).join("")}${suite("a", suite("b", test))}</testsuites>`,
    );
    expect(report.tests.map(({ name }) => name)).toEqual([
      "shop.CartTest › adds",
      "chrome › shop.CartTest › adds",
      "firefox › shop.CartTest › adds",
      ...Array(4).fill("shop.CartTest › adds"),
      "a › b › shop.CartTest › adds",
    ]);
    expect(reportIn(suite("all", test)).tests[0]?.name).toBe("shop.CartTest › adds");
  });

  it("tells tests apart by parameters that are longer than a name that is kept", () => {
    const names = ["1", "2"].map((last) => `adds[${"x".repeat(2000)}${last}]`);
    const { tests } = reportIn(`<testsuite>${names.map((name) => `<testcase name="${name}"/>`).join("")}</testsuite>`);
    expect(new Set(tests.map(({ name }) => name)).size).toBe(2);
    expect(tests.every(({ name }) => name.length <= 500 && name.startsWith("adds[xxx"))).toBe(true);
  });

  it("cannot make the places of failures take long to find", () => {
    const text = `${"a ".repeat(2000)}\n${"/a".repeat(2000)}\n`.repeat(3);
    const xml = `<testsuite>${`<testcase name="a"><failure>${text}</failure></testcase>`.repeat(20)}</testsuite>`;
    expect(reportIn(xml).tests).toHaveLength(20);
  });

  it("is read in pieces: characters, entities and tags may stand across them", () => {
    const cases = Array.from({ length: 9000 }, (_, number) => `<testcase name="ü🎉 &amp; ${number}" classname='>"<'/>`);
    const { tests } = reportIn(`\ufeff<testsuite>${cases.join("")}</testsuite>`);
    expect(tests).toHaveLength(9000);
    expect(tests.every(({ name }, number) => name === `>"< › ü🎉 & ${number}`)).toBe(true);
  });

  it("may have characters that XML forbids, and bytes that are no UTF-8", () => {
    const xml = `<testsuite><testcase name="a\u0000b\u001b[31mc"><failure message="x"/></testcase></testsuite>`;
    expect(reportIn(xml).tests[0]?.name).toBe("a\u0000b\u001b[31mc");
    const bytes = Buffer.from(`<testsuite><testcase name="a\xff"/></testsuite>`, "latin1");
    expect(reportIn(bytes).tests[0]?.name).toBe("a\ufffd");
    const declared = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?><testsuite name="Pr\xfcfung"/>`, "latin1");
    expect(reportIn(declared).tests).toEqual([]);
  });

  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`;
  it.each([
    ["declares entities", bomb, /document type/],
    ["reads files by entity", `<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>`, /document type/],
    ["names an unknown entity", `<testsuite><testcase name="&b;"/></testsuite>`, /entity/],
    ["has a bare &", `<testsuite><testcase name="a & b"/></testsuite>`, /entity/],
    ["ends in the middle of a test", `<testsuite><testcase name="a">`, /unclosed/],
    ["ends in the middle of a tag", `<testsuite><testcase name="a`, /unclosed/],
    ["ends in the middle of a text", `<testsuite><![CDATA[abc`, /unclosed/],
    ["ends in the middle of a comment", `<testsuite/><!-- `, /unclosed/],
    ["closes what is not open", `<testsuite></testcase></testsuite>`, /closes testcase/],
    ["has two roots", `<testsuite/><testsuite/>`, /more than one/],
    ["is no report", `<html/>`, /neither/],
    ["is no XML", `{"tests": 1}`, /not XML/],
    ["is empty", ``, /no element/],
    ["is deeper than any", "<testsuite>".repeat(101), /deep/],
    ["has a tag without end", `<testsuite name="${"x".repeat(2 << 20)}`, /longer than/],
    [
      "has attributes without end",
      `<testsuite ${Array.from({ length: 300 }, (_, n) => `a${n}="1"`).join(" ")}/>`,
      /attributes/,
    ],
  ])("that %s is refused", (_, xml, expected) => {
    expect(() => reportIn(xml)).toThrow(expected);
  });

  it("that never ends is refused", () => {
    const path = bigFile("<testsuite>", `<!--${" ".repeat((1 << 20) - 7)}-->`, 513);
    expect(() => readJunit(path, () => undefined)).toThrow(/larger than 512 MiB/);
  });

  it("of 100 MB is read in memory that does not grow with it, whether it is many tests or one long text", () => {
    const passed = `<testcase name="test" classname="suite.of.tests" time="0.01"><system-out>${"said ".repeat(100)}</system-out></testcase>`;
    const failed = `<testcase name="test"><failure message="no">${"at x (/a/b.js:1:2)\n".repeat(20)}</failure></testcase>`;
    const one = `${passed.repeat(20)}${failed}`;
    const many = bigFile("<testsuite>", one.repeat(100), Math.ceil(1e8 / (one.length * 100)), "</testsuite>");
    const long = bigFile(
      `<testsuite><testcase name="a"><system-out>`,
      "x".repeat(1 << 20),
      96,
      "</system-out></testcase></testsuite>",
    );
    for (const path of [many, long]) {
      let tests = 0;
      let highest = 0;
      const before = memory();
      readJunit(path, () => {
        tests += 1;
        if (tests % 20_000 === 0) highest = Math.max(highest, memory());
      });
      highest = Math.max(highest, memory());
      expect(tests).toBeGreaterThan(0);
      expect(highest - before).toBeLessThan(40 << 20);
    }
  });
});

/** What is in use; what can be collected does not count. */
function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A file that begins so, repeats a piece and ends so; removed after the test. */
function bigFile(beginning: string, piece: string, times: number, end = ""): string {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-report-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "big.xml");
  const file = openSync(path, "w");
  writeSync(file, beginning);
  const bytes = Buffer.from(piece);
  for (let written = 0; written < times; written++) writeSync(file, bytes);
  writeSync(file, end);
  closeSync(file);
  return path;
}
