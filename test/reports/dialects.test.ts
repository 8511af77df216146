import { describe, expect, it } from "vitest";
import { lines, reportOf, sample } from "./read.ts";

const root = "/home/dev/project";

describe("the JUnit report of", () => {
  it("Vitest has its files as classes and suites", () => {
    const report = reportOf(sample("vitest.junit.xml"));
    expect(lines(report)).toEqual([
      "✔ sum.test.ts › sum > adds",
      "✘ sum.test.ts › sum > fails (sum.test.ts:5): expected 2 to be 3 // Object.is equality",
      "✔ sum.test.ts › sum > flakes",
      "– sum.test.ts › sum > skips",
      "– sum.test.ts › sum > later",
      "✘ sum.test.ts › sum > nested > throws (sum.test.ts:9): boom <&>",
    ]);
    expect(report.tests.every(({ file }) => file === "sum.test.ts")).toBe(true);
    expect(report.untoldFailures).toBe(0);
  });

  it("jest-junit repeats the name as the class, and names no file but in the stack", () => {
    const report = reportOf(sample("jest.junit.xml"));
    expect(lines(report)).toEqual([
      "✔ sum adds",
      `✘ sum fails (${root}/sum.test.js:3): Error: expect(received).toBe(expected) // Object.is equality`,
      "– sum skips",
      "✔ sum later",
      `✘ sum nested throws (${root}/sum.test.js:6): Error: boom <&>`,
      "✔ sum › flakes",
      "✔ lib",
    ]);
    expect(report.untoldFailures).toBe(0);
  });

  it("node:test nests suites, and says that an expected failure does not count", () => {
    const report = reportOf(sample("node.junit.xml"));
    expect(lines(report)).toEqual([
      "✔ sum › adds",
      `✘ sum › fails (${root}/a.test.mjs:5): 2 == 3`,
      "– sum › skips",
      "– sum › todo fails",
      `✘ sum › nested › throws (${root}/a.test.mjs:8): boom <&> # x`,
      "✔ top",
      `✘ parent › child (${root}/a.test.mjs:11): The expression evaluated to a falsy value:`,
    ]);
    expect(report.untoldFailures).toBe(0);
    expect(report.tests[0]).toMatchObject({ file: `${root}/a.test.mjs`, durationMs: 0.73 });
  });

  it.each(["pytest.junit.xml", "pytest-xunit1.junit.xml"])("pytest (%s) has modules as classes", (name) => {
    expect(lines(reportOf(sample(name)))).toEqual([
      "✔ tests.test_sum › test_adds",
      "✘ tests.test_sum › test_fails (tests/test_sum.py:6): assert (1 + 1) == 3",
      "– tests.test_sum › test_skips",
      "– tests.test_sum › test_xfails",
      "✔ tests.test_sum.TestGroup › test_param[1]",
      "✘ tests.test_sum.TestGroup › test_param[2] (tests/test_sum.py:13): assert 2 == 1",
      '✘ tests.test_sum › test_errors (tests/test_sum.py:15): failed on setup with "RuntimeError: no fixture"',
    ]);
  });

  it("Surefire tells of tests that were run again", () => {
    const report = reportOf(sample("surefire.junit.xml"));
    expect(lines(report)).toEqual([
      "✔ com.example.SumTest › adds",
      "✔~ com.example.SumTest › flakes",
      "✘ com.example.SumTest › failsAgain (com/example/SumTest.java:27): expected: <3> but was: <2>",
      "✘ com.example.SumTest › breaks (com/example/SumTest.java:33): boom",
      "– com.example.SumTest › skips",
    ]);
    expect(report.untoldFailures).toBe(0);
  });

  it("PHPUnit nests suites in suites, and has the line of the failure only in its text", () => {
    expect(lines(reportOf(sample("phpunit.junit.xml")))).toEqual([
      "✔ App.Tests.SumTest › testAdds",
      `✘ App.Tests.SumTest › testMany with data set #1 (${root}/tests/SumTest.php:17): App\\Tests\\SumTest::testMany with data set #1 (1, 1, 3)`,
      `✘ App.Tests.SumTest › testBreaks (${root}/tests/SumTest.php:24): App\\Tests\\SumTest::testBreaks`,
      "– App.Tests.SumTest › testSkips",
    ]);
  });

  it("RSpec has frames of its gems before the test's own", () => {
    expect(lines(reportOf(sample("rspec.junit.xml")))).toEqual([
      "✔ spec.sum_spec › Sum adds",
      "✘ spec.sum_spec › Sum fails (./spec/sum_spec.rb:9): expected: 3",
      "– spec.sum_spec › Sum skips",
    ]);
  });

  it("gotestsum has a test twice when it was run again: the last time counts", () => {
    const report = reportOf(sample("gotestsum.junit.xml"));
    expect(lines(report).sort()).toEqual([
      "–  example.com/sum › TestSkips".replace("  ", " "),
      "✔ example.com/sum › TestAdds",
      "✔ example.com/sum › TestMany/one",
      "✔~ example.com/sum › TestFlakes",
      "✘ example.com/sum › TestMany/two (sum_test.go:33): Failed",
    ]);
  });
});

describe("the TAP report of", () => {
  it("node:test tells of tests and not of the suites around them", () => {
    expect(lines(reportOf(sample("node.tap")))).toEqual([
      "✔ sum › adds",
      `✘ sum › fails (${root}/a.test.mjs:5): 2 == 3`,
      "– sum › skips",
      "– sum › todo fails",
      `✘ sum › nested › throws (${root}/a.test.mjs:8): boom <&> # x`,
      "✔ top",
      `✘ parent › child (${root}/a.test.mjs:11): The expression evaluated to a falsy value:`,
    ]);
  });

  it("Vitest has subtests in braces", () => {
    const report = reportOf(sample("vitest.tap"));
    expect(lines(report)).toEqual([
      "✔ sum.test.ts › sum › adds",
      `✘ sum.test.ts › sum › fails (${root}/sum.test.ts:5): expected 2 to be 3 // Object.is equality`,
      "✔ sum.test.ts › sum › flakes",
      "– sum.test.ts › sum › skips",
      "– sum.test.ts › sum › later",
      `✘ sum.test.ts › sum › nested › throws (${root}/sum.test.ts:9): boom <&>`,
    ]);
    expect(report.tests[0]?.durationMs).toBe(2.04);
  });
});
