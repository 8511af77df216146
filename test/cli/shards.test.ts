import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { linesOf } from "../support/events.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

/** A test runner: each line of a test file is a test, `name` or `name fail`; `crash` ends it without a report. */
const runner = `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
const [report, ...files] = process.argv.slice(2);
let failed = 0;
const suites = files.map((file) => {
  const cases = readFileSync(file, "utf8").trim().split("\\n").map((line) => {
    const [name, result] = line.split(" ");
    if (result === "crash") process.exit(9);
    if (result === "fail") failed += 1;
    return '<testcase name="' + name + '">' + (result === "fail" ? '<failure message="1 &lt; 2"/>' : "") + "</testcase>";
  });
  return '<testsuite name="' + file + '">' + cases.join("") + "</testsuite>";
});
mkdirSync(dirname(report), { recursive: true });
writeFileSync(report, "<testsuites>" + suites.join("") + "</testsuites>");
console.log("ran " + files.join(" "));
process.exit(failed > 0 ? 1 : 0);
`;

const packageFile = (name: string, scripts: object = {}) => JSON.stringify({ name, version: "1.0.0", scripts });

function monorepo(tests: string, files: Readonly<Record<string, string>> = {}): string {
  return tempFolder({
    "tidegate.config.ts": `import { defineProject, workspace } from "tidegate";
export default defineProject({ name: "shop", pipeline: {}, packages: workspace({ test: { ${tests} } }) });
`,
    "run.mjs": runner,
    "package.json": JSON.stringify({ private: true, workspaces: ["packages/*"] }),
    "packages/web/package.json": packageFile("web", {
      test: "node ../../run.mjs reports/junit-$TIDEGATE_SHARD_INDEX.xml",
    }),
    "packages/web/test/a.test.ts": "one\n",
    "packages/web/test/b.test.ts": "two\n",
    "packages/lib/package.json": packageFile("lib", {
      pretest: "echo $# files",
      test: "node ../../run.mjs reports/junit-$TIDEGATE_SHARD_INDEX.xml",
    }),
    "packages/lib/test/a b.test.ts": "three\n",
    ...files,
  });
}

const shared = `testFiles: ["test/*.test.ts"], inputs: [], rootInputs: ["run.mjs"], shards: 2`;
const reports = `reports: { junit: "reports/junit-{shard}.xml", merged: "reports/junit.xml" }`;

async function outcomes(cwd: string, ...args: string[]): Promise<Record<string, string>> {
  const { stdout, stderr } = await runCli(["run", "--json", ...args], { cwd });
  expect(stderr).toBe("");
  const events = linesOf(stdout);
  return Object.fromEntries(
    events.flatMap(({ type, task, outcome }) => {
      if (type === "taskFinished") return [[task, outcome.outcome]];
      return type === "taskHit" || type === "taskSkipped" ? [[task, type.slice(4).toLowerCase()]] : [];
    }),
  );
}

describe("tests of packages", () => {
  it("are divided in each package, as scripts or as commands, and found again", async () => {
    for (const run of ["", `run: "node ../../run.mjs reports/junit-{shard}.xml {files}", `]) {
      const cwd = monorepo(`${run}${shared}, ${reports}`);
      const all = { "lib#test[shard=1]": "succeeded", "lib#test": "succeeded", "web#test": "succeeded" };
      expect(await outcomes(cwd)).toEqual({
        ...all,
        "web#test[shard=1]": "succeeded",
        "web#test[shard=2]": "succeeded",
      });
      const logs = await Promise.all(
        ["lib#test[shard=1]", "web#test[shard=2]"].map((task) => runCli(["logs", task], { cwd })),
      );
      const pre = run === "" ? "0 files\n" : "";
      expect(logs.map(({ stdout }) => stdout)).toEqual([`${pre}ran test/a b.test.ts\n`, "ran test/b.test.ts\n"]);
      writeFiles(cwd, { "packages/web/test/b.test.ts": "two\nthree\n" });
      expect(await outcomes(cwd)).toEqual({
        "lib#test[shard=1]": "hit",
        "lib#test": "hit",
        "web#test[shard=1]": "hit",
        "web#test[shard=2]": "succeeded",
        "web#test": "succeeded",
      });
      expect(readFileSync(join(cwd, "packages/web/reports/junit.xml"), "utf8").match(/<testcase/g)).toHaveLength(3);
    }
  });

  it("are run again where they failed, file by file", async () => {
    const cwd = monorepo(`${shared}, ${reports}`, { "packages/web/test/c.test.ts": "four fail\n" });
    expect(await outcomes(cwd, "--filter", "web")).toMatchObject({
      "web#test[shard=1]": "failed",
      "web#test": "skipped",
    });
    expect(await outcomes(cwd, "--failed")).toEqual({ "web#test[shard=1]": "failed" });
    const { stdout } = await runCli(["logs", "web#test[shard=1]"], { cwd });
    expect(stdout).toBe("ran test/c.test.ts\n");
    const explained = await runCli(["explain", "test"], { cwd });
    expect(explained.stdout).toContain("web#test[shard=1] in run 2 ran");
  });

  it("can be divided in one package only, and not where there are none", async () => {
    const cwd =
      monorepo(`run: "node ../../run.mjs r-{shard}.xml {files}", testFiles: ["test/a*"], inputs: [], shards: 1,
      reports: { junit: "r-{shard}.xml" }, overrides: { web: { testFiles: ["test/*.ts"], shards: 2 } }`);
    expect(Object.keys(await outcomes(cwd)).sort()).toEqual([
      "lib#test",
      "lib#test[shard=1]",
      "web#test",
      "web#test[shard=1]",
      "web#test[shard=2]",
    ]);
    rmSync(join(cwd, "packages/lib/test"), { recursive: true });
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('The testFiles of "lib#test" match no file');
    expect(stderr).toContain('packages: ["!lib"]');
  });
});

describe("the merged report of shards", () => {
  const merged = (cwd: string) => readFileSync(join(cwd, "packages/web/reports/junit.xml"), "utf8");

  it("is an output: restored with the others, and verified", async () => {
    const cwd = monorepo(`${shared}, ${reports}`);
    expect((await runCli(["run"], { cwd })).code).toBe(0);
    const text = merged(cwd);
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="test/a.test.ts"><testcase name="one"/></testsuite>
<testsuite name="test/b.test.ts"><testcase name="two"/></testsuite>
</testsuites>
`);
    rmSync(join(cwd, "packages/web/reports"), { recursive: true });
    expect(await outcomes(cwd)).toMatchObject({ "web#test": "hit" });
    expect(merged(cwd)).toBe(text);
  });

  it("is there when shards fail, and tells of those without a report", async () => {
    const cwd = monorepo(`${shared}, ${reports}, packages: ["web"]`, { "packages/web/test/b.test.ts": "two fail\n" });
    expect(await outcomes(cwd)).toMatchObject({ "web#test": "skipped" });
    expect(merged(cwd)).toContain('<testcase name="two"><failure message="1 &lt; 2"/></testcase>');
    expect(merged(cwd)).toContain('<testcase name="one"/>');
    writeFiles(cwd, { "packages/web/test/b.test.ts": "two crash\n" });
    expect(await outcomes(cwd)).toMatchObject({ "web#test": "skipped" });
    expect(merged(cwd)).not.toContain('"two"');
    expect(merged(cwd)).toMatch(/<testcase name="web#test\[shard=2\]"><error message="[^"]*exit code 9[^"]*"\/>/);
    expect(existsSync(join(cwd, "packages/web/reports/junit-2.xml"))).toBe(false);
  });

  it("is for shards with JUnit reports alone", async () => {
    const cwd = monorepo(`inputs: [], reports: { junit: "r.xml", merged: "all.xml" }`);
    const { code, stderr } = await runCli(["check"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("reports.merged is for shards, and it has none");
  });
});
