import { chmodSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import type { PipelineEvent } from "../../src/events/event.ts";
import { decisions, failuresOf, outcomes, output, processesIn, reasons, TestProject } from "./project.ts";

/** Starts a process that ignores SIGTERM in a session of its own, says so, and then waits for ever itself. */
const stubborn = `
const { spawn } = require("node:child_process");
const child = "process.on('SIGTERM', () => {}); console.log('child ready'); setInterval(() => {}, 1000)";
spawn(process.execPath, ["-e", child], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
process.on("SIGTERM", () => {});
setInterval(() => {}, 1000);
`;

/** Aborts as soon as the task has written the line. */
function abortAfter(line: string) {
  const controller = new AbortController();
  const emit = (event: { type: string; text?: string }) => {
    if (event.type === "taskOutput" && event.text === line) controller.abort();
  };
  return { signal: controller.signal, emit: emit as (event: unknown) => void };
}

describe("a task", () => {
  it("tells its output by whole lines as it comes, and keeps all of it in a private file", async () => {
    const project = new TestProject({});
    const t = task({ run: "printf 'a\\nb' && printf 'err\\n' >&2 && printf 'c\\n\\nünd'" });
    const run = await project.run({ t });
    const lines = run.events.filter((event) => event.type === "taskOutput");
    expect(lines.filter(({ stream }) => stream === "stdout").map(({ text }) => text)).toEqual(["a", "bc", "", "ünd"]);
    expect(lines.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual(["err"]);
    const log = project.at(".tidegate/runs/1/t.log");
    expect(readFileSync(log, "utf8")).toHaveLength("a\nberr\nc\n\nünd".length);
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  it("has nothing on its input, and the project's own programs first in PATH", async () => {
    const project = new TestProject({ "node_modules/.bin/greet": "#!/bin/sh\necho hello from $0" });
    chmodSync(project.at("node_modules/.bin/greet"), 0o755);
    const run = await project.run({ greet: task({ run: "greet" }), read: task({ run: "cat" }) });
    expect(output(run, "greet")).toEqual([`hello from ${project.at("node_modules/.bin/greet")}`]);
    expect(outcomes(run)).toEqual({ greet: "ran", read: "ran" });
  });

  it("takes its words as they are when they are a list", async () => {
    const project = new TestProject({});
    const run = await project.run({ t: task({ run: ["printf", "%s\n", "$HOME; echo 'x' *"] }) });
    expect(output(run, "t")).toEqual(["$HOME; echo 'x' *"]);
  });

  it("promise 3: that fails is not cached, keeps what needs it from running, and shows its last lines", async () => {
    const project = new TestProject({ in: "" });
    const broken = task({ run: "seq 1 100 && echo why >&2 && exit 3", inputs: ["in"] });
    const behind = task({ run: "true", needs: [broken] });
    const other = task({ run: "true" });
    const run = await project.run({ broken, behind, other });
    expect(run.result.outcome).toBe("failed");
    expect(outcomes(run)).toEqual({ broken: "failed", other: "ran", behind: "skipped" });
    const [failure] = failuresOf(run, "broken");
    expect(failure).toMatchObject({ code: "task-failed", message: 'Task "broken" ended with exit code 3' });
    expect(failure!.cause!.split("\n")).toHaveLength(20);
    expect(failure!.cause).toMatch(/why/);
    expect(decisions(run)).toMatchObject({ broken: { stored: false, because: "failed" } });
    expect(run.events.find(({ type }) => type === "taskSkipped")).toEqual({
      type: "taskSkipped",
      task: "behind",
      because: { reason: "needFailed", need: "broken" },
    });
    expect(run.events.at(-1)).toMatchObject({ outcome: "failed", counts: { hits: 0, ran: 2, failed: 1, skipped: 1 } });
    expect(outcomes(await project.run({ broken }))).toEqual({ broken: "failed" });
  });

  it("that ends by a signal says which", async () => {
    const project = new TestProject({});
    const run = await project.run({ t: task({ run: "kill -SEGV $$" }) });
    expect(failuresOf(run, "t")[0]!.message).toBe('Task "t" was ended by SIGSEGV');
  });

  it("whose program does not exist says so, and its outputs stay", async () => {
    const project = new TestProject({ "out/x": "old" });
    const run = await project.run({ t: task({ run: "no-such-program --x", outputs: ["out/"] }) });
    expect(failuresOf(run, "t")[0]).toMatchObject({
      code: "task-failed",
      message: 'Task "t" could not start: there is no program no-such-program',
    });
    expect(existsSync(project.at("out/x"))).toBe(true);
    const shell = await project.run({ t: task({ run: "no-such-program && true" }) });
    expect(failuresOf(shell, "t")[0]!.hint).toMatch(/^There is no program no-such-program/);
  });

  it("that succeeds without writing an output has failed", async () => {
    const project = new TestProject({ in: "", "dist/stale": "" });
    const t = task({ run: "mkdir logs && touch file", inputs: ["in"], outputs: ["dist/", "file/", "logs/*.log"] });
    const run = await project.run({ t });
    expect(failuresOf(run, "t").map(({ code, message }) => [code, message])).toEqual([
      ["task-output-missing", 'Task "t" succeeded but did not write dist/'],
      ["task-output-missing", 'Task "t" succeeded but did not write file/'],
      ["task-output-missing", 'Task "t" succeeded but did not write logs/*.log'],
    ]);
    expect(decisions(run)).toMatchObject({ t: { stored: false } });
  });

  it("is tried again as often as it may, from nothing each time", async () => {
    const project = new TestProject({ in: "" });
    const run = 'echo try >> ../tries; mkdir out && test "$(wc -l < ../tries)" -ge 3';
    const t = task({ run, inputs: ["in"], outputs: ["out/"], retry: 2 });
    const first = await project.run({ t });
    expect(outcomes(first)).toEqual({ t: "ran" });
    const starts = first.events.filter((event) => event.type === "taskStarted").map(({ attempt }) => attempt);
    expect(starts).toEqual([1, 2, 3]);
    const failing = await project.run({ t: task({ run: "false", retry: 1 }) });
    expect(failing.events.filter(({ type }) => type === "taskStarted")).toHaveLength(2);
    expect(outcomes(failing)).toEqual({ t: "failed" });
  });

  it("that changes its own inputs is not cached, and says which", async () => {
    const project = new TestProject({ in: "1", other: "1" });
    const t = task({ run: "echo 2 > other", inputs: ["in", "other"] });
    const run = await project.run({ t });
    expect(outcomes(run)).toEqual({ t: "ran" });
    expect(decisions(run)).toEqual({ t: { stored: false, because: "inputsChanged", detail: "other" } });
  });

  it("is looked at as things are when its turn comes, and not as they were when the run began", async () => {
    const project = new TestProject({ "gen/old": "1" });
    const careless = task({ run: "echo 2 > gen/new" });
    const t = task({ run: "cat gen/*", needs: [careless], inputs: ["gen/**"] });
    expect(decisions(await project.run({ careless, t }))).toMatchObject({ t: { stored: true } });
    rmSync(project.at("gen/new"));
    expect(outcomes(await project.run({ careless, t }))).toEqual({ careless: "ran", t: "hit" });
  });

  it("whose inputs are changed by somebody else while it runs is not cached", async () => {
    const project = new TestProject({ in: "1" });
    const t = task({ run: "echo started && while [ ! -e go ]; do :; done && cat in", inputs: ["in"] });
    const run = await project.run(
      { t },
      {
        emit: (event) => {
          if (event.type !== "taskOutput" || event.text !== "started") return;
          project.write("in", "2");
          project.write("go", "");
        },
      },
    );
    expect(decisions(run)).toEqual({ t: { stored: false, because: "inputsChanged", detail: "in" } });
    expect(reasons(await project.run({ t }))).toMatchObject({ t: { part: "input:in" } });
  });

  it("that writes what cannot be kept succeeds, and says that it is not cached", async () => {
    const project = new TestProject({ in: "" });
    const t = task({ run: "mkdir out && mkfifo out/pipe", inputs: ["in"], outputs: ["out/"] });
    const behind = task({ run: "true", needs: [t], inputs: ["in"] });
    const run = await project.run({ t, behind });
    expect(outcomes(run)).toEqual({ t: "ran", behind: "ran" });
    expect(decisions(run)).toMatchObject({
      t: { stored: false, because: "storeFailed", detail: "The output out/pipe is not a file, link or folder" },
      behind: { stored: false, because: "storeFailed" },
    });
    expect(reasons(await project.run({ t, behind }))).toMatchObject({ behind: { part: "need:t", after: "unknown" } });
  });

  it("that leaves a process in the background is done when it ends, and the process is ended", async () => {
    const project = new TestProject({});
    const loud = task({ run: "sleep 1000 & echo done" });
    const silent = task({ run: "sleep 1000 >/dev/null 2>&1 & echo done" });
    const run = await project.run({ loud, silent });
    expect(outcomes(run)).toEqual({ loud: "ran", silent: "ran" });
    expect([output(run, "loud"), output(run, "silent")]).toEqual([["done"], ["done"]]);
    expect(processesIn(project.folder)).toEqual([]);
  });

  it("gets no more company than it may have", async () => {
    const project = new TestProject({});
    const pipeline = Object.fromEntries([1, 2, 3, 4].map((number) => [`t${number}`, task({ run: "true" })]));
    const { events } = await project.run(pipeline, { concurrency: 1 });
    const order = events.filter((event) => event.type === "taskStarted" || event.type === "taskFinished");
    expect(order.map(({ type }) => type)).toEqual(Array(4).fill(["taskStarted", "taskFinished"]).flat());
  });
});

describe("reports", () => {
  const passing = '<testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>';
  const failing =
    '<testsuite name="s"><testcase name="a" file="a.test.ts" line="3"><failure message="1 is not 2"/></testcase></testsuite>';

  it("give counts, also when the result comes from the cache", async () => {
    const project = new TestProject({ in: "", report: passing });
    const t = task({ run: "cp report r.xml", inputs: ["in"], reports: { junit: "*.xml" } });
    const counts = { passed: 1, failed: 0, skipped: 1 };
    const event = (events: readonly PipelineEvent[], type: string) => events.find((each) => each.type === type);
    expect(event((await project.run({ t })).events, "taskFinished")).toMatchObject({ tests: counts });
    expect(event((await project.run({ t })).events, "taskHit")).toMatchObject({ tests: counts });
  });

  it("say which tests failed", async () => {
    const project = new TestProject({ in: "", report: failing });
    const t = task({ run: "cp report r.xml && exit 1", inputs: ["in"], reports: { junit: "r.xml" } });
    const run = await project.run({ t });
    expect(failuresOf(run, "t")[0]!.cause).toBe("✗ s › a (a.test.ts:3)\n  1 is not 2");
  });

  it("count for more than an exit code of 0", async () => {
    const project = new TestProject({ in: "", report: failing });
    const t = task({ run: "cp report r.xml", inputs: ["in"], reports: { junit: "r.xml" } });
    const run = await project.run({ t });
    expect(failuresOf(run, "t")[0]!.message).toBe('Task "t" succeeded, but its report has 1 test that failed');
  });

  it("that are damaged, or missing, fail the task", async () => {
    const project = new TestProject({ in: "", report: "<testsuite><testcase" });
    const damaged = task({ run: "cp report r.xml", reports: { junit: "r.xml" } });
    const missing = task({ run: "true", reports: { junit: "missing.xml" } });
    const run = await project.run({ damaged, missing });
    expect(failuresOf(run, "damaged")[0]!.code).toBe("report-invalid");
    expect(failuresOf(run, "missing")[0]!.code).toBe("task-output-missing");
  });
});

describe("promise 4: ending", () => {
  it("a task that takes too long ends its whole tree, also what ignores SIGTERM and has left the group", async () => {
    const project = new TestProject({ "stubborn.js": stubborn });
    const t = task({ run: "node stubborn.js", timeout: "1s" });
    const run = await project.run({ t });
    expect(failuresOf(run, "t")[0]).toMatchObject({
      code: "task-timeout",
      message: 'Task "t" took longer than 1 s and was ended',
    });
    expect(processesIn(project.folder)).toEqual([]);
  });

  it("a run ends every task's whole tree and starts nothing more", async () => {
    const project = new TestProject({ "stubborn.js": stubborn, in: "" });
    const t = task({ run: "node stubborn.js", inputs: ["in"], retry: 3 });
    const behind = task({ run: "true", needs: [t] });
    const run = await project.run({ t, behind }, abortAfter("child ready"));
    expect(run.result.outcome).toBe("cancelled");
    expect(outcomes(run)).toEqual({ t: "cancelled", behind: "skipped" });
    expect(decisions(run)).toEqual({ t: { stored: false, because: "cancelled" } });
    expect(processesIn(project.folder)).toEqual([]);
    expect(outcomes(await project.run({ t: task({ run: "true", inputs: ["in"] }) }))).toEqual({ t: "ran" });
  });

  it("a run ends what has left its parent, its group and its session", async () => {
    const orphan = "process.on('SIGTERM', () => {}); console.log('orphan ready'); setInterval(() => {}, 1000)";
    const project = new TestProject({ "orphan.js": orphan, "detach.sh": "node orphan.js &" });
    const t = task({ run: "setsid sh detach.sh; exec sleep 1000" });
    const run = await project.run({ t }, abortAfter("orphan ready"));
    expect(outcomes(run)).toEqual({ t: "cancelled" });
    expect(processesIn(project.folder)).toEqual([]);
  });

  it("before the beginning touches nothing", async () => {
    const project = new TestProject({ "dist/x": "" });
    const t = task({ run: "mkdir dist", outputs: ["dist/"] });
    const result = await project.attempt({ t }, { signal: AbortSignal.abort() });
    expect(result.ok ? "" : result.failures[0]!.code).toBe("interrupted");
    expect(existsSync(project.at("dist/x"))).toBe(true);
  });
});
