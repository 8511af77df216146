import { closeSync, openSync, writeSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readJunit } from "../../src/pipeline/reports/junit.ts";
import { TestProject } from "./project.ts";

function read(xml: string) {
  const project = new TestProject({ "junit.xml": xml });
  return readJunit(project.at("junit.xml"));
}

function reportOf(xml: string) {
  const result = read(xml);
  if (!result.ok) throw new Error(result.because);
  return result.report;
}

function refusalOf(xml: string): string {
  const result = read(xml);
  return result.ok ? "read" : result.because;
}

describe("a JUnit report", () => {
  it("is counted by its tests, and not by what its suites claim", () => {
    const report = reportOf(`<?xml version="1.0" encoding="UTF-8"?>
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
    expect(report).toEqual({
      counts: { passed: 2, failed: 2, skipped: 1 },
      failing: [
        { name: "outer › inner › two", message: "expected 1 < 0", file: "src/x.test.ts:7" },
        { name: "outer › inner › three", message: "boom" },
      ],
    });
  });

  it("may be a single suite, with text in CDATA", () => {
    const report = reportOf(
      `<testsuite><testcase name="a" classname="C"><failure><![CDATA[1 < 2 & so on]]></failure></testcase></testsuite>`,
    );
    expect(report.failing).toEqual([{ name: "C › a", message: "1 < 2 & so on" }]);
  });

  it("counts a test with two failures once, and one that was skipped after it failed as failed", () => {
    const xml = `<testsuite><testcase name="a"><failure/><error/><skipped/></testcase></testsuite>`;
    expect(reportOf(xml).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("keeps only some of very many failures, and counts all", () => {
    const one = `<testcase name="a"><failure message="${"x".repeat(10_000)}"/></testcase>`;
    const report = reportOf(`<testsuite>${one.repeat(300)}</testsuite>`);
    expect(report.counts.failed).toBe(300);
    expect(report.failing).toHaveLength(50);
    expect(report.failing[0]!.message.length).toBe(2000);
  });

  it("is read in pieces: characters and tags may stand across them", () => {
    const cases = Array.from({ length: 5000 }, (_, number) => `<testcase name="ü🎉 ${number}"/>`).join("");
    expect(reportOf(`<testsuite>${cases}</testsuite>`).counts.passed).toBe(5000);
  });

  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`;
  it.each([
    ["declares entities", bomb, /document type/],
    ["reads files by entity", `<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>`, /document type/],
    ["names an unknown entity", `<testsuite><testcase name="&b;"/></testsuite>`, /entity/],
    ["ends in the middle", `<testsuite><testcase name="a">`, /unclosed/],
    ["is no report", `<html/>`, /neither/],
    ["is no XML", `{"tests": 1}`, /./],
    ["is empty", ``, /./],
    ["is deeper than any", "<testsuite>".repeat(101), /deep/],
  ])("that %s is refused", (_, xml, expected) => {
    expect(refusalOf(xml)).toMatch(expected);
  });

  it("that never ends is refused", () => {
    const project = new TestProject({});
    const file = openSync(project.at("big.xml"), "w");
    writeSync(file, "<testsuite>");
    const piece = Buffer.from(`<!--${" ".repeat((1 << 20) - 7)}-->`);
    for (let written = 0; written < 257; written++) writeSync(file, piece);
    closeSync(file);
    const result = readJunit(project.at("big.xml"));
    expect(result.ok ? "read" : result.because).toMatch(/larger than 256 MiB/);
  });
});
