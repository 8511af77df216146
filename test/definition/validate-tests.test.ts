import { describe, expect, it } from "vitest";
import { defineProject, task } from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tested here
type Wrong = any;

/** `path: message`, of a task with these options. */
function problems(options: object): string[] {
  const test = task({ run: "make", ...options } as Wrong);
  const found = validateProject(defineProject({ name: "shop", pipeline: { test } }));
  return found.map(({ path, message }) => `${path.slice(2).join(".")}: ${message.replace('Task "test"', "it")}`);
}

const entry = { test: "sum*", owner: "ada", until: "2027-01-31", reason: "races" };
const reports = { junit: "r.xml" };

describe("what a task says about its tests", () => {
  it("may be everything at once", () => {
    const options = {
      run: ["vitest", "run", "--outputFile=r/{shard}.xml", "{files}"],
      testFiles: ["test/**/*.test.ts", "!test/slow/**"],
      shards: 4,
      reports: {
        junit: ["r/{shard}.xml"],
        tap: "r/{shard}.tap",
        merged: "r/all.xml",
        coverage: { lcov: "coverage/{shard}/lcov.info", minimum: { lines: 85, branches: 70.5, functions: 0 } },
      },
      quarantine: [entry],
    };
    expect(problems(options)).toEqual([]);
    expect(problems({ reports: { coverage: { cobertura: ["c/*.xml"], minimum: 100 } } })).toEqual([]);
  });

  it.each([
    [{ reports: { coverage: {} } }, "reports.coverage: it: reports.coverage must have one of lcov and cobertura"],
    [
      { reports: { coverage: { lcov: "a", cobertura: "b" } } },
      "reports.coverage: it: reports.coverage must have one of lcov and cobertura",
    ],
    [
      { reports: { coverage: { lcov: "a", minimum: 101 } } },
      "reports.coverage.minimum: it: reports.coverage.minimum must be a number from 0 to 100, or { lines, branches, functions }, not 101",
    ],
    [
      { reports: { coverage: { lcov: "a", minimum: { lines: "85" } } } },
      'reports.coverage.minimum.lines: it: reports.coverage.minimum.lines must be a number from 0 to 100, not "85"',
    ],
    [{ reports: { tap: "../a" } }, 'reports.tap: it: "../a" leads outside the project'],
    [{ reports: { coverage: { lcov: "/a" } } }, 'reports.coverage.lcov: it: "/a" leads outside the project'],
    [{ reports: { junit: [] } }, "reports.junit: it: reports.junit must be a path or pattern, or a list of them"],
    [{ quarantine: [entry] }, "quarantine: it: it has quarantined tests, but no reports"],
    [
      { reports, quarantine: [{ ...entry, until: "2027-02-30" }] },
      'quarantine.0.until: it: quarantine[0].until must be a day like "2027-01-31", not "2027-02-30"',
    ],
    [
      { reports, quarantine: [{ ...entry, owner: "" }] },
      'quarantine.0.owner: it: quarantine[0].owner must be a text that is not empty, not ""',
    ],
    [{ testFiles: ["test/**"] }, "run: it: it has testFiles, but its command has no {files}"],
    [{ run: ["a", "--x={files}"], testFiles: ["b"] }, "run: it: {files} must be a word of its own"],
    [{ run: "a {shard}" }, "run: it: it says {shard}, but has no shards"],
    [{ shards: 0 }, "shards: it: shards must be a whole number, 1 or more, not 0"],
    [{ shards: 257 }, "shards: it: there can be at most 256 shards"],
    [{ shards: 2, outputs: ["dist/"] }, 'outputs: it: its shards would all write "dist/"'],
    [{ shards: 2, reports }, 'reports: it: its shards would all write "r.xml"'],
    [{ reports: { ...reports, merged: "all.xml" } }, "reports: it: reports.merged is for shards, and it has none"],
    [{ shards: 2, reports: { merged: "a.xml" } }, "reports: it: reports.merged merges junit reports, and it has none"],
    [{ shards: 2, reports: { junit: "{shard}", merged: "r/" } }, "reports: it: reports.merged is one file"],
    [{ shards: 2, reports: { junit: "{shard}", merged: "{shard}.xml" } }, "reports: it: reports.merged is one file"],
    [
      { shards: 2, reports: { junit: "{shard}", merged: "../a" } },
      'reports.merged: it: "../a" leads outside the project',
    ],
    [{ trackedOutputs: "yes" }, 'trackedOutputs: it: trackedOutputs must be true or false, not "yes"'],
    [{ expansion: { role: "whole" } }, 'expansion: it has no key "expansion"'],
  ])("%j is refused", (options, expected) => {
    expect(problems(options)).toContain(expected);
  });
});
