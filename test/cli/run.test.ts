import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { identityOf } from "../../src/process/identity.ts";
import { runCli, startCli } from "../support/cli.ts";
import { linesOf } from "../support/events.ts";
import { writeFiles } from "../support/temp-folder.ts";
import { scriptProject } from "./project.ts";

/** Lengths of time differ from run to run; columns keep their width. */
function timeless(text: string): string {
  return text.replace(/ *\b\d+(\.\d)? (ms|s)\b/g, " TIME");
}

const buildAndTest = () =>
  scriptProject(
    `const build = task({ run: "node build.mjs", inputs: ["build.mjs"], outputs: ["out.txt"] });
const test = task({ run: "node test.mjs", needs: [build], inputs: ["test.mjs"], stage: "verify" });`,
    {
      "build.mjs": `import { writeFileSync } from "node:fs"; writeFileSync("out.txt", "1"); console.log("built");`,
      "test.mjs": `console.log("tested");`,
    },
  );

describe("run", () => {
  it("shows each fact in a line, and a table at the end, on standard error", async () => {
    const { code, stdout, stderr } = await runCli(["run"], { cwd: buildAndTest() });
    expect({ code, stdout, stderr: timeless(stderr) }).toEqual({
      code: 0,
      stdout: "",
      stderr: `run 1: 2 tasks, ${stderr.match(/, (\d+) at/)?.[1]} at a time
> build runs: first time
build | built
✔ build succeeded in TIME
> test runs: first time
test  | tested
✔ test succeeded in TIME

✔ build  ran TIME  first time
✔ test   ran TIME  first time
✔ run 1 succeeded in TIME: 2 ran
`,
    });
  });

  it("takes from the cache what has not changed, and says what has", async () => {
    const cwd = buildAndTest();
    await runCli(["run"], { cwd });
    const cached = await runCli(["run"], { cwd });
    expect(timeless(cached.stderr)).toMatch(/✔ run 2 succeeded in TIME: 2 hits\n$/);
    writeFiles(cwd, { "test.mjs": "console.log('changed');" });
    const changed = await runCli(["run", "--explain"], { cwd });
    expect(changed.stderr).toMatch(/> test runs: test\.mjs changed\n {2}before: .+\n {2}after: {2}.+\n/);
    const forced = await runCli(["run", "build", "--force"], { cwd });
    expect(forced.stderr).toContain("> build runs: forced\n");
    expect(forced.stderr).not.toContain("test");
  });

  it("prints nothing but events as JSON, one per line", async () => {
    const { code, stdout, stderr } = await runCli(["run", "--json"], { cwd: buildAndTest() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const events = linesOf(stdout);
    expect(events.every(({ at }) => typeof at === "number")).toBe(true);
    expect(events.map(({ type, task }) => [type, task].filter(Boolean).join(" "))).toEqual([
      "runStarted",
      "taskStarted build",
      "taskOutput build",
      "taskFinished build",
      "taskStarted test",
      "taskOutput test",
      "taskFinished test",
      "runFinished",
    ]);
  });

  it("ends with what failed, its evidence and where to look, and exit code 1", async () => {
    const cwd = scriptProject(
      `const build = task({ run: "node build.mjs", inputs: ["build.mjs"] });
const test = task({ run: ["node", "-e", "0"], needs: [build], inputs: ["build.mjs"] });`,
      { "build.mjs": `console.log("begin"); console.error("no such thing"); process.exit(7);` },
    );
    const { code, stdout, stderr } = await runCli(["run"], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(timeless(stderr.slice(stderr.indexOf("\n\n")))).toMatch(
      /✘ build {2}failed TIME {2}first time\n– test {3}skipped +build did not succeed\n✘ run 1 failed after TIME: 1 ran, 1 failed, 1 skipped\nerror\[task-failed\]: Task "build" [\s\S]*7\n/,
    );
    expect(stderr).toMatch(/\n {2}\| begin\n {2}\| no such thing\n {2}hint: .+\n$/);
    const json = await runCli(["run", "--json"], { cwd });
    expect(json).toMatchObject({ code: 1, stderr: "" });
    const last = JSON.parse(json.stdout.trimEnd().split("\n").at(-1)!);
    expect(last).toMatchObject({
      type: "failure",
      code: "task-failed",
      cause: expect.stringContaining("no such thing"),
    });
  });

  it("names the task that was meant", async () => {
    const { code, stderr } = await runCli(["run", "biuld"], { cwd: buildAndTest() });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error[unknown-task]: The pipeline has no task "biuld"\n  hint: Did you mean "build"?\n`,
    });
  });

  it("works in a folder with spaces and unicode in its path, and from below it", async () => {
    const cwd = scriptProject(
      `const one = task({ run: ["node", "-e", "0"] });`,
      { "deep/er/x": "" },
      "mein Projekt é日本",
    );
    expect((await runCli(["run"], { cwd: join(cwd, "deep/er") })).code).toBe(0);
    expect((await runCli(["run", "-C", cwd], { cwd: "/" })).code).toBe(0);
  });

  it("says so when its state was tampered with", async () => {
    const cwd = scriptProject(`const one = task({ run: "true" });`, { ".tidegate": "a file" });
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^error\[state-damaged\]: .+\n {2}\| E[A-Z]+: .+\n {2}hint: .*mv \S+\.tidegate \S+\.tidegate\.old\n$/,
    );
  });

  it("goes on quietly when the reader of its output has gone", async () => {
    const cwd = buildAndTest();
    const running = startCli(["run", "--json"], { cwd });
    running.child.stdout!.destroy();
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
    expect((await runCli(["run"], { cwd })).stderr).toContain("2 hits");
  });
});

/** A task with a grandchild; both note their pids. `stubborn`: they ignore the request to end. */
function holdingProject({ stubborn }: { readonly stubborn: boolean }): string {
  const ignore = stubborn ? `process.on("SIGTERM", () => {});` : "";
  return scriptProject(
    `const hold = task({ run: "node hold.mjs" });
const after = task({ run: ["node", "-e", "0"], needs: [hold] });`,
    {
      "hold.mjs": `import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
${ignore}
const child = spawn(process.execPath, ["grandchild.mjs"], { stdio: ["ignore", "pipe", "inherit"] });
child.stdout.once("data", () => {
  writeFileSync("pids", [process.pid, child.pid].join(" "));
  console.log("holding");
});
setInterval(() => {}, 1000);`,
      "grandchild.mjs": `${ignore} console.log("up"); setInterval(() => {}, 1000);`,
    },
  );
}

function pidsOf(cwd: string): number[] {
  return readFileSync(join(cwd, "pids"), "utf8").split(" ").map(Number);
}

function isRunning(pid: number): boolean {
  return identityOf(pid) !== undefined;
}

describe("Ctrl-C during a run", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "(%s) ends all that it started and exits with 130",
    async (signal) => {
      const cwd = holdingProject({ stubborn: false });
      const running = startCli(["run"], { cwd });
      await running.until("| holding");
      running.child.kill(signal);
      const { code, stderr } = await running.ended;
      expect(pidsOf(cwd).filter(isRunning)).toEqual([]);
      expect(code).toBe(130);
      expect(timeless(stderr)).toMatch(
        /stopping the tasks; interrupt again to quit at once\n[\s\S]*– hold {3}cancelled[\s\S]*– after {2}skipped +the run was cancelled\n– run 1 was cancelled after TIME: [\s\S]*\nerror\[interrupted\]: The run was interrupted; none of its tasks is left running\n$/,
      );
    },
  );

  it("is told as JSON", async () => {
    const running = startCli(["run", "--json"], { cwd: holdingProject({ stubborn: false }) });
    await running.until("holding");
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    const events = linesOf(stdout);
    expect(events.at(-2)).toMatchObject({ type: "runFinished", outcome: "cancelled" });
    expect(events.at(-1)).toMatchObject({ type: "failure", code: "interrupted" });
  });

  it("ends what ignores the request, too", async () => {
    const cwd = holdingProject({ stubborn: true });
    const running = startCli(["run"], { cwd });
    await running.until("| holding");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(pidsOf(cwd).filter(isRunning)).toEqual([]);
  });

  it("given again kills at once what ignores the request", async () => {
    const cwd = holdingProject({ stubborn: true });
    const running = startCli(["run"], { cwd });
    await running.until("| holding");
    running.child.kill("SIGINT");
    await running.until("stopping the tasks");
    for (let ended = false; !ended; ) {
      running.child.kill("SIGINT");
      ended = await Promise.race([running.ended.then(() => true), wait(100, false)]);
    }
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).not.toContain("was cancelled after");
    expect(pidsOf(cwd).filter(isRunning)).toEqual([]);
  });
});
