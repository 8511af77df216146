import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCli } from "../support/cli.ts";
import { linesOf } from "../support/events.ts";
import { writeFiles } from "../support/temp-folder.ts";
import { scriptProject } from "./project.ts";

function timeless(text: string): string {
  return text.replace(/ *\b\d+(\.\d)? (ms|s)\b/g, " TIME");
}

/** Writes a JUnit report of the test files it is given: a line `name fail` in one is a failing test. */
const runner = `import { readFileSync, writeFileSync } from "node:fs";
const [report, ...files] = process.argv.slice(2);
let failed = 0;
const cases = files.flatMap((file) => readFileSync(file, "utf8").trim().split("\\n").map((line) => {
  const [name, result] = line.split(" ");
  if (result !== "fail") return \`<testcase classname="\${file}" name="\${name}" time="0.01"/>\`;
  failed += 1;
  return \`<testcase classname="\${file}" name="\${name}"><failure message="expected 1, got 2">at \${file}:7:3</failure></testcase>\`;
}));
writeFileSync(report, \`<testsuite name="all">\${cases.join("")}</testsuite>\`);
console.log("ran", files.join(" "));
process.exitCode = failed > 0 ? 1 : 0;
`;

const options = `testFiles: ["test/*.test.ts"], inputs: ["run.mjs"], reports: { junit: "report.xml" }`;

function testProject(more = "", files: Readonly<Record<string, string>> = {}): string {
  return scriptProject(
    `const test = task({ run: "node run.mjs report.xml {files}", ${options}${more} });
const lint = task({ run: "true" });`,
    { "run.mjs": runner, "test/a.test.ts": "one ok\ntwo fail\n", "test/b.test.ts": "three ok\n", ...files },
  );
}

describe("a run whose tests fail", () => {
  it("ends with the failing test, where it failed and why, in a few lines", async () => {
    const cwd = testProject();
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(1);
    expect(
      timeless(stderr.slice(stderr.indexOf("\n\n") + 2)),
    ).toBe(`✘ test  failed TIME  1 of 3 tests failed; first time
✔ lint  ran TIME  no inputs declared, so never cached
✘ run 1 failed after TIME: 2 ran, 1 failed
error[task-failed]: Task "test" ended with exit code 1
  | ✘ test/a.test.ts › two (test/a.test.ts:7)
  |     expected 1, got 2
  | ran test/a.test.ts test/b.test.ts
  hint: See all of its output: tidegate logs test
`);
    const json = await runCli(["run", "--json"], { cwd });
    const events = linesOf(json.stdout);
    expect(events.find(({ type }) => type === "runDigest")).toMatchObject({
      run: "2",
      left: 0,
      failures: [
        { task: "test", tests: [{ file: "test/a.test.ts", line: 7, message: "expected 1, got 2" }], testsLeft: 0 },
      ],
    });
  });

  it("runs again with --failed only what failed, of its test files only those with failures", async () => {
    const cwd = testProject();
    expect(await runCli(["run", "--failed"], { cwd })).toMatchObject({ code: 2, stderr: /No run is recorded/ });
    await runCli(["run"], { cwd });
    writeFiles(cwd, { "test/a.test.ts": "one ok\ntwo ok\n" });
    const again = await runCli(["run", "--failed"], { cwd });
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("test | ran test/a.test.ts\n");
    expect(again.stderr).not.toContain("lint");
    expect(await runCli(["run", "--failed"], { cwd })).toMatchObject({ code: 0, stderr: "Nothing failed in run 2.\n" });
    const named = await runCli(["run", "test", "--failed"], { cwd });
    expect(named).toMatchObject({ code: 2, stderr: /cannot be combined with names of tasks/ });
  });

  it("goes on when only tests in quarantine failed, and says whose they are", async () => {
    const quarantine = `, quarantine: [{ test: "two", owner: "ada", until: "2999-01-31", reason: "races" }]`;
    const { code, stderr } = await runCli(["run", "test"], { cwd: testProject(quarantine) });
    expect(code).toBe(0);
    expect(timeless(stderr)).toContain(`✔ test  ran TIME  2 tests passed, 1 quarantined; first time
! test: "test/a.test.ts › two" failed, which does not count: in quarantine until 2999-01-31, ada
✔ run 1 succeeded`);
  });
});

describe("tests", () => {
  it("shows how tests did over the last runs", async () => {
    const cwd = testProject();
    expect(await runCli(["tests"], { cwd })).toMatchObject({ code: 0, stdout: "", stderr: /No test is known yet/ });
    await runCli(["run"], { cwd });
    writeFiles(cwd, { "test/a.test.ts": "one ok\ntwo ok\n" });
    await runCli(["run"], { cwd });
    writeFiles(cwd, { "test/a.test.ts": "one ok\ntwo fail\n" });
    await runCli(["run"], { cwd });
    const all = await runCli(["tests"], { cwd });
    expect(all).toMatchObject({ code: 0, stderr: "" });
    expect(timeless(all.stdout)).toBe(`✘ test TIME  3 runs, 2 failed  test/a.test.ts › two
✔ test TIME  3 runs            test/a.test.ts › one
✔ test TIME  3 runs            test/b.test.ts › three
`);
    const failed = await runCli(["tests", "test", "--failed", "--json"], { cwd });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      type: "test",
      task: "test",
      name: "test/a.test.ts › two",
      failures: 2,
    });
    expect(await runCli(["tests", "--flaky"], { cwd })).toMatchObject({ stderr: "No flaky test is known.\n" });
    expect(await runCli(["tests", "tset"], { cwd })).toMatchObject({ code: 2, stderr: /Did you mean "test"/ });
    expect(await runCli(["tests", "--flaky", "--slow"], { cwd })).toMatchObject({ code: 2 });
  });

  it("shows a test as flaky that gave two results for the same", async () => {
    const flipping = runner.replace('if (result !== "fail")', 'if (result !== "fail" || existsSync("seen"))');
    const cwd = testProject("", {
      "run.mjs": `import { existsSync } from "node:fs";\n${flipping}\nwriteFileSync("seen", "");`,
    });
    expect((await runCli(["run", "test"], { cwd })).code).toBe(1);
    expect((await runCli(["run", "--failed"], { cwd })).code).toBe(0);
    const { stdout } = await runCli(["tests", "--flaky"], { cwd });
    expect(timeless(stdout)).toBe("✔ test TIME  2 runs, 1 failed, flaky once  test/a.test.ts › two\n");
  });
});

describe("run", () => {
  it("shows again with --replay what cached tasks wrote", async () => {
    const cwd = testProject("", { "test/a.test.ts": "one ok\n" });
    await runCli(["run"], { cwd });
    const { stderr } = await runCli(["run", "test", "--replay"], { cwd });
    expect(stderr).toContain("test | ran test/a.test.ts test/b.test.ts\n≡ test hit");
  });

  it("writes with --junit how it went, a test case per task", async () => {
    const cwd = testProject();
    const { code } = await runCli(["run", "--junit", "out/run.xml"], { cwd });
    expect(code).toBe(1);
    const xml = readFileSync(join(cwd, "out/run.xml"), "utf8").replaceAll(/time="[\d.]+"/g, 'time="T"');
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" errors="0" skipped="0" time="T">
  <testsuite name="scripts" tests="2" failures="1" errors="0" skipped="0" time="T">
    <testcase classname="build" name="test" time="T">
      <failure type="task-failed" message="Task &quot;test&quot; ended with exit code 1">✗ test/a.test.ts › two (test/a.test.ts:7)
  expected 1, got 2

ran test/a.test.ts test/b.test.ts</failure>
    </testcase>
    <testcase classname="build" name="lint" time="T"/>
  </testsuite>
</testsuites>
`);
    const unwritable = await runCli(["run", "lint", "--junit", "run.mjs/x.xml"], { cwd });
    expect(unwritable).toMatchObject({ code: 4, stderr: /run 2 succeeded[\s\S]+error\[not-writable\]/ });
  });

  it("divides a task into shards, which can be named", async () => {
    const cwd = scriptProject(
      `const test = task({ run: "node run.mjs report-{shard}.xml {files}", shards: 2, ${options.replace("report.xml", "report-{shard}.xml")} });`,
      { "run.mjs": runner, "test/a.test.ts": "one ok\n", "test/b.test.ts": "two ok\n" },
    );
    const { code, stderr } = await runCli(["run", "test"], { cwd });
    expect(code).toBe(0);
    expect(timeless(stderr)).toMatch(/✔ test {11}ran TIME {2}2 tests passed; first time\n✔ run 1 succeeded/);
    const one = await runCli(["run", "test[shard=2]"], { cwd });
    expect(one).toMatchObject({ code: 0, stderr: /1 hit\n$/ });
    expect((await runCli(["logs", "test[shard=2]"], { cwd })).stdout).toBe("ran test/b.test.ts\n");
  });

  it("says where a quarantine is wrong", async () => {
    const cwd = testProject(`,\n  quarantine: [{ test: "two", owner: "ada", until: "2027-02-30", reason: "races" }]`);
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /error\[invalid-definition\]: Task "test": quarantine\[0\]\.until must be a day like "2027-01-31"/,
    );
    expect(stderr).toMatch(/at tidegate\.config\.ts:4:\d+/);
  });

  it("tells a collector of OpenTelemetry, and tasks where they stand in the trace", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (piece: string) => {
        body += piece;
      });
      request.on("end", () => {
        bodies.push(`${request.method} ${request.url}`, body);
        response.end("{}");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const cwd = scriptProject(`const show = task({ run: "echo trace $TRACEPARENT" });`);
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const { code, stderr } = await runCli(["run"], {
      cwd,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        TRACEPARENT: `00-${trace}-b7ad6b7169203331-01`,
      },
    });
    expect(code).toBe(0);
    const [, span] = /trace 00-0af7651916cd43dd8448eb211c80319c-([0-9a-f]{16})-01/.exec(stderr)!;
    expect(bodies[0]).toBe("POST /v1/traces");
    const { spans } = JSON.parse(bodies[1]!).resourceSpans[0].scopeSpans[0];
    expect(spans.find(({ name }: { name: string }) => name === "show")).toMatchObject({ traceId: trace, spanId: span });
  });

  it("goes on as ever when there is no collector", async () => {
    const cwd = scriptProject(`const show = task({ run: "echo trace=$TRACEPARENT" });`);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    expect(await runCli(["run"], { cwd, env })).toMatchObject({ code: 0, stderr: /trace=00-[0-9a-f]{32}-/ });
  });
});
