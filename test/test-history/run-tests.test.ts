import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/cache/runs/run-record.ts";
import { task } from "../../src/definition/builders.ts";
import type { TaskOptions } from "../../src/definition/types.ts";
import { failedLast } from "../../src/run/plan/failed-last.ts";
import { askHistory } from "../../src/test-history/ask-history.ts";
import { TestHistory } from "../../src/test-history/history.ts";
import { failuresOf, outcomes, output, reasons, TestProject, type Watched } from "../run/project.ts";

/**
 * A test runner: each test file has a line per test, `name` or `name fail`; the report goes to the first argument, the
 * exit code says whether a test failed.
 */
const runner = `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
const [report, ...files] = process.argv.slice(2);
let failed = 0;
const suites = files.map((file) => {
  const cases = readFileSync(file, "utf8").trim().split("\\n").map((line) => {
    const [name, result, ms = "10"] = line.split(" ");
    if (result === "fail") failed += 1;
    const inner = result === "fail" ? '<failure message="no ' + name + '">at x (' + file + ':3:1)</failure>' : "";
    return '<testcase classname="' + file + '" name="' + name + '" time="' + Number(ms) / 1000 + '">' + inner + "</testcase>";
  });
  return '<testsuite name="' + file + '">' + cases.join("") + "</testsuite>";
});
mkdirSync(dirname(report), { recursive: true });
writeFileSync(report, "<testsuites>" + suites.join("") + "</testsuites>");
console.log("ran " + files.join(" ") + (process.env.TIDEGATE_SHARD_INDEX ? " as " + process.env.TIDEGATE_SHARD_INDEX + "/" + process.env.TIDEGATE_SHARD_TOTAL : ""));
process.exit(Number(process.env.CODE ?? (failed > 0 ? 1 : 0)));
`;

const files = { "run.mjs": runner, "test/a.test.ts": "one ok\ntwo ok\n", "test/b.test.ts": "three ok\n" };

function testTask(more: Partial<TaskOptions> = {}) {
  return task({
    run: "node run.mjs reports/junit.xml {files}",
    testFiles: ["test/**/*.test.ts"],
    inputs: ["run.mjs"],
    reports: { junit: "reports/junit.xml" },
    ...more,
  });
}

const quarantine = [{ test: "two", owner: "ada", until: "2999-12-31", reason: "races" }] as const;

function finished({ events }: Watched, name: string) {
  return events.find((event) => event.type === "taskFinished" && event.task === name) as
    | Extract<Watched["events"][number], { type: "taskFinished" }>
    | undefined;
}

function history(project: TestProject, only?: "flaky" | "failed") {
  const opened = TestHistory.open(project.at(".tidegate/tests/history.sqlite"));
  try {
    return askHistory(opened, { limit: 20, ...(only && { only }) });
  } finally {
    opened.close();
  }
}

describe("a task with testFiles", () => {
  it("gets them in its command, reads them as inputs, and is found again", async () => {
    const project = new TestProject(files);
    const first = await project.run({ test: testTask() });
    expect(output(first, "test")).toEqual(["ran test/a.test.ts test/b.test.ts"]);
    expect(finished(first, "test")?.tests).toEqual({ passed: 3, failed: 0, skipped: 0 });
    expect(outcomes(await project.run({ test: testTask() }))).toEqual({ test: "hit" });
    project.write("test/b.test.ts", "three fail\n");
    const changed = await project.run({ test: testTask() });
    expect(reasons(changed)).toMatchObject({ test: { part: "input:test/b.test.ts" } });
    expect(outcomes(changed)).toEqual({ test: "failed" });
  });

  it("takes file names that a shell would take apart", async () => {
    const project = new TestProject({ "run.mjs": runner, "test/it's [a] $HOME.test.ts": "x ok\n" });
    const words = testTask({ run: ["node", "run.mjs", "reports/junit.xml", "{files}"] });
    for (const each of [testTask(), words]) {
      const watched = await project.run({ test: each }, { force: true });
      expect(output(watched, "test")).toEqual(["ran test/it's [a] $HOME.test.ts"]);
    }
  });

  it("that match nothing is refused before anything runs", async () => {
    const project = new TestProject({ "run.mjs": runner });
    const result = await project.attempt({ test: testTask() });
    expect(result).toMatchObject({ ok: false, failures: [{ code: "no-such-input" }] });
  });

  it("runs again only the test files that failed, and then the whole", async () => {
    const project = new TestProject({ ...files, "test/b.test.ts": "three fail\n" });
    const failed = await project.run({ test: testTask(), other: task({ run: "true" }) });
    expect(outcomes(failed)).toEqual({ test: "failed", other: "ran" });
    const record = readRun(project.at(".tidegate"), "last");
    const again = record.ok ? failedLast(record.value) : undefined;
    expect(again).toEqual({ tasks: ["test"], onlyFiles: new Map([["test", ["test/b.test.ts"]]]) });
    project.write("test/b.test.ts", "three ok\n");
    const part = await project.run({ test: testTask(), other: task({ run: "true" }) }, again);
    expect(output(part, "test")).toEqual(["ran test/b.test.ts"]);
    expect(outcomes(part)).toEqual({ test: "ran" });
    const whole = await project.run({ test: testTask() });
    expect(output(whole, "test")).toEqual(["ran test/a.test.ts test/b.test.ts"]);
  });
});

describe("the history of a run's tests", () => {
  it("keeps tests of two packages apart whose reports name their files alike", async () => {
    const report = (result: string) =>
      `<testsuites><testsuite name="s"><testcase name="adds" file="test/sum.test.js">${result}</testcase></testsuite></testsuites>`;
    const project = new TestProject({
      "packages/a/test/sum.test.js": "",
      "packages/b/test/sum.test.js": "",
      "a.xml": report(""),
      "b.xml": report("<failure/>"),
    });
    const copy = "for p in a b; do mkdir -p packages/$p/out; cp $p.xml packages/$p/out/junit.xml; done";
    const test = task({ run: ["sh", "-c", copy], inputs: ["*.xml"], reports: { junit: "packages/*/out/junit.xml" } });
    await project.run({ test });
    expect(history(project).map(({ file, last }) => `${file} ${last}`)).toEqual([
      "packages/b/test/sum.test.js failed",
      "packages/a/test/sum.test.js passed",
    ]);
  });

  it("is not opened when nothing has to run", async () => {
    const project = new TestProject(files);
    await project.run({ test: testTask({ reports: {} as never, outputs: ["reports/"] }) });
    expect(existsSync(project.at(".tidegate/tests/history.sqlite"))).toBe(false);
  });

  it("shows a test as flaky that a retry has saved", async () => {
    const project = new TestProject({ ...files, "flip.mjs": flip });
    const test = testTask({ run: "node flip.mjs {files}", inputs: ["run.mjs", "flip.mjs"], retry: 2 });
    const watched = await project.run({ test });
    expect(outcomes(watched)).toEqual({ test: "ran" });
    expect(finished(watched, "test")?.tests).toEqual({ passed: 3, failed: 0, skipped: 0, flaky: 1 });
    expect(history(project, "flaky").map(({ name }) => name)).toEqual(["test/a.test.ts › two"]);
  });

  it("shows a test as flaky that fails and then passes with the same inputs, also when only its file is run again", async () => {
    const project = new TestProject({ ...files, "flip.mjs": flip });
    const test = testTask({ run: "node flip.mjs {files}", inputs: ["run.mjs", "flip.mjs"] });
    expect(outcomes(await project.run({ test }))).toEqual({ test: "failed" });
    const onlyFiles = new Map([["test", ["test/a.test.ts"]]]);
    expect(outcomes(await project.run({ test }, { tasks: ["test"], onlyFiles }))).toEqual({ test: "ran" });
    expect(history(project, "flaky")).toMatchObject([
      { name: "test/a.test.ts › two", flips: 1, file: "test/a.test.ts" },
    ]);
  });

  it("that cannot be written is a trouble, and changes nothing else", async () => {
    const project = new TestProject({ ...files, ".tidegate/tests": "a file" });
    const { result } = await project.run({ test: testTask() });
    expect(result.outcome).toBe("succeeded");
    expect(result.troubles).toHaveLength(1);
  });
});

/** Makes the test "two" fail the first time. */
const flip = `import { existsSync, writeFileSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
const isFirst = !existsSync(".flipped");
const file = "test/a.test.ts";
const before = readFileSync(file, "utf8");
writeFileSync(".flipped", "");
if (isFirst) writeFileSync(file, before.replace("two ok", "two fail"));
const { status } = spawnSync(process.execPath, ["run.mjs", "reports/junit.xml", ...process.argv.slice(2)], { stdio: "inherit" });
writeFileSync(file, before);
process.exit(status);
`;

describe("a quarantined test", () => {
  const failing = { ...files, "test/a.test.ts": "one ok\ntwo fail\n" };

  it("that fails does not fail the task, which says so", async () => {
    const project = new TestProject(failing);
    const watched = await project.run({ test: testTask({ quarantine }) });
    expect(outcomes(watched)).toEqual({ test: "ran" });
    expect(finished(watched, "test")).toMatchObject({
      tests: { passed: 2, failed: 0, skipped: 0, quarantined: 1 },
      quarantine: { held: [{ test: "test/a.test.ts › two", owner: "ada", until: "2999-12-31" }] },
    });
  });

  it("is not found in the cache any more once its quarantine has expired", async () => {
    const project = new TestProject(failing);
    const test = testTask({ quarantine: [{ ...quarantine[0], until: "2027-01-31" }] });
    const at = (day: string) => ({ now: () => Date.parse(`${day}T12:00:00Z`) });
    expect(outcomes(await project.run({ test }, at("2027-01-30")))).toEqual({ test: "ran" });
    expect(outcomes(await project.run({ test }, at("2027-01-31")))).toEqual({ test: "hit" });
    const expired = await project.run({ test }, at("2027-02-01"));
    expect(outcomes(expired)).toEqual({ test: "failed" });
    expect(finished(expired, "test")?.quarantine?.expired).toMatchObject([{ test: "two", owner: "ada" }]);
  });

  it.each([
    ["another test fails", { "test/b.test.ts": "three fail\n" }, {}],
    ["the command ends with another code than test runners do", { code: "2" }, {}],
    ["no report was written", { "run.mjs": "process.exit(1)" }, {}],
    ["the report was cut off", { "run.mjs": `${runner.replace('"</testsuites>"', '""')}` }, {}],
    [
      "the report claims more failures",
      { "run.mjs": runner.replace('"<testsuites>"', `'<testsuites failures="2">'`) },
      {},
    ],
    [
      "a signal ended the command",
      { "run.mjs": `${runner.replace("process.exit(", "process.kill(process.pid, 'SIGKILL'); (")}` },
      {},
    ],
  ])("does not save a task when %s", async (_, changed, more) => {
    const { code, ...others } = changed as Record<string, string>;
    const project = new TestProject({ ...failing, ...others });
    const options =
      code === undefined ? {} : { environment: { PATH: process.env.PATH ?? "", HOME: project.folder, CODE: code } };
    const watched = await project.run({ test: testTask({ quarantine, env: ["CODE"], ...more }) }, options);
    expect(outcomes(watched)).toEqual({ test: "failed" });
  });

  it("that there is not, or that passes again and again, is told of", async () => {
    const project = new TestProject(files);
    const entries = [quarantine[0], { ...quarantine[0], test: "nobody*" }];
    const test = testTask({ quarantine: entries });
    const first = finished(await project.run({ test }), "test")?.quarantine;
    expect(first?.unneeded).toMatchObject([{ test: "nobody*", because: "noSuchTest" }]);
    for (let run = 0; run < 8; run++) await project.run({ test }, { force: true });
    const tenth = finished(await project.run({ test }, { force: true }), "test")?.quarantine;
    expect(tenth?.unneeded.map(({ because }) => because)).toEqual(["passes", "noSuchTest"]);
  });
});

describe("shards", () => {
  const many = Object.fromEntries(
    [40, 30, 20, 10].map((ms, number) => [`test/${"abcd"[number]}.test.ts`, `t${number} ok ${ms}\n`]),
  );
  const sharded = (more: Partial<TaskOptions> = {}) =>
    testTask({
      run: "node run.mjs reports/junit-{shard}.xml {files}",
      reports: { junit: "reports/junit-{shard}.xml" },
      shards: 2,
      ...more,
    });

  it("run side by side, each with its files; the task itself puts their reports together", async () => {
    const project = new TestProject({ "run.mjs": runner, ...many });
    const test = sharded();
    const after = task({ run: "true", needs: [test] });
    const first = await project.run({ test, after });
    expect(outcomes(first)).toEqual({ "test[shard=1]": "ran", "test[shard=2]": "ran", test: "ran", after: "ran" });
    expect(output(first, "test[shard=1]")).toEqual(["ran test/a.test.ts test/c.test.ts as 1/2"]);
    expect(output(first, "test[shard=2]")).toEqual(["ran test/b.test.ts test/d.test.ts as 2/2"]);
    expect(finished(first, "test")?.tests).toEqual({ passed: 4, failed: 0, skipped: 0 });
    expect(history(project)).toHaveLength(4);
    expect(history(project).every(({ task: of, runs }) => of === "test" && runs === 1)).toBe(true);
    const second = await project.run({ test, after });
    expect(outcomes(second)).toMatchObject({ "test[shard=1]": "hit", "test[shard=2]": "hit", test: "hit" });
    project.write("test/d.test.ts", "t3 ok 11\n");
    const changed = await project.run({ test });
    expect(outcomes(changed)).toEqual({ "test[shard=1]": "hit", "test[shard=2]": "ran", test: "ran" });
  });

  it("are divided anew by what files have taken, but only when that is worth it", async () => {
    const slow = { ...many, "test/a.test.ts": "t0 ok 1000\n", "test/c.test.ts": "t2 ok 900\n" };
    const project = new TestProject({ "run.mjs": runner, ...slow });
    await project.run({ test: sharded() });
    const second = await project.run({ test: sharded() });
    expect(output(second, "test[shard=1]").concat(output(second, "test[shard=2]"))).toEqual([
      "ran test/a.test.ts as 1/2",
      "ran test/b.test.ts test/c.test.ts test/d.test.ts as 2/2",
    ]);
    const third = await project.run({ test: sharded() });
    expect(outcomes(third)).toEqual({ "test[shard=1]": "hit", "test[shard=2]": "hit", test: "hit" });
  });

  it("run the failing files of the failing shard again", async () => {
    const project = new TestProject({ "run.mjs": runner, ...many, "test/c.test.ts": "t2 fail\n" });
    const failed = await project.run({ test: sharded() });
    expect(outcomes(failed)).toEqual({ "test[shard=1]": "failed", "test[shard=2]": "ran", test: "skipped" });
    const record = readRun(project.at(".tidegate"), "last");
    const again = record.ok ? failedLast(record.value) : undefined;
    expect(again?.tasks).toEqual(["test[shard=1]"]);
    const part = await project.run({ test: sharded() }, again);
    expect(output(part, "test[shard=1]")).toEqual(["ran test/c.test.ts as 1/2"]);
    expect(outcomes(part)).toEqual({ "test[shard=1]": "failed" });
  });

  it("are no more than there are files, and need none when the runner divides by itself", async () => {
    const project = new TestProject({ "run.mjs": runner, "test/a.test.ts": "one ok\n" });
    const watched = await project.run({ test: sharded({ shards: 5 }) });
    expect(Object.keys(outcomes(watched))).toEqual(["test[shard=1]", "test"]);
    const own = task({
      run: "echo {shard} of {shards} > out-{shard}.txt && echo $TIDEGATE_SHARD_INDEX",
      outputs: ["out-{shard}.txt"],
      shards: 3,
    });
    const others = await project.run({ own });
    expect(output(others, "own[shard=3]")).toEqual(["3"]);
    expect(readFileSync(project.at("out-2.txt"), "utf8")).toBe("2 of 3\n");
  });
});

describe("coverage", () => {
  const lcov = (file: string, ...lines: number[]) =>
    `SF:${file}\n${lines.map((hits, line) => `DA:${line + 1},${hits}`).join("\n")}\nend_of_record\n`;

  it("that is not enough fails the task, with the figures and the files", async () => {
    const project = new TestProject({ "lcov.txt": lcov("src/a.ts", 1, 0, 1, 1) });
    const test = (minimum: number) =>
      task({
        run: "cp lcov.txt lcov.info",
        inputs: ["lcov.txt"],
        reports: { coverage: { lcov: "lcov.info", minimum } },
      });
    const low = await project.run({ test: test(80) });
    expect(failuresOf(low, "test")).toMatchObject([
      {
        code: "coverage-below",
        message: expect.stringContaining("75 % of lines, not 80 %"),
        cause: "src/a.ts: 75 %, 1 lines missed",
      },
    ]);
    const enough = await project.run({ test: test(75) });
    expect(finished(enough, "test")?.coverage?.lines).toEqual({ covered: 3, total: 4 });
    const hit = await project.run({ test: test(75) });
    expect(hit.events.find(({ type }) => type === "taskHit")).toMatchObject({ coverage: { lines: { covered: 3 } } });
  });

  it("of shards is judged together", async () => {
    const project = new TestProject({ "1.txt": lcov("src/a.ts", 1, 0), "2.txt": lcov("src/a.ts", 0, 1) });
    const test = task({
      run: "cp {shard}.txt cov-{shard}.info",
      shards: 2,
      inputs: ["*.txt"],
      reports: { coverage: { lcov: "cov-{shard}.info", minimum: 100 } },
    });
    const watched = await project.run({ test });
    expect(outcomes(watched)).toEqual({ "test[shard=1]": "ran", "test[shard=2]": "ran", test: "ran" });
    expect(finished(watched, "test")?.coverage?.lines).toEqual({ covered: 2, total: 2 });
  });

  it("that cannot be read fails the task", async () => {
    const project = new TestProject();
    const test = task({ run: "echo hello > lcov.info", reports: { coverage: { lcov: "lcov.info" } } });
    expect(failuresOf(await project.run({ test }), "test")).toMatchObject([{ code: "report-invalid" }]);
  });
});

describe("the end of a run that failed", () => {
  it("has a digest of at most 40 lines with test, file, line and message", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, number) => [`test/${number}.test.ts`, `t${number} fail\n`]),
    );
    const project = new TestProject({ "run.mjs": runner, ...many });
    const noisy = task({ run: "for i in $(seq 500); do echo line $i; done; exit 3" });
    const { events } = await project.run({ test: testTask(), noisy });
    const digest = events.find((event) => event.type === "runDigest");
    expect(events.at(-1)?.type).toBe("runFinished");
    expect(digest?.failures[0]).toMatchObject({
      task: "test",
      code: "task-failed",
      log: "tidegate logs test",
    });
    expect(digest?.failures[0]?.tests[0]).toEqual({
      name: "test/0.test.ts › t0",
      file: "test/0.test.ts",
      line: 3,
      message: "no t0",
    });
    expect(digest?.failures[0]).toMatchObject({ testsLeft: 30 - digest!.failures[0]!.tests.length });
    const lines = digest!.failures.map(
      ({ tests, lines, testsLeft }) => 2 + tests.length * 2 + lines.length + (testsLeft > 0 ? 1 : 0),
    );
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(40);
    expect(digest?.failures[1]?.lines.at(-1)).toBe("line 500");
  });

  it("tells again what cached tasks wrote, when that is wanted", async () => {
    const project = new TestProject(files);
    await project.run({ test: testTask() });
    const replayed = await project.run({ test: testTask() }, { replay: true });
    expect(outcomes(replayed)).toEqual({ test: "hit" });
    expect(output(replayed, "test")).toEqual(["ran test/a.test.ts test/b.test.ts"]);
  });
});
