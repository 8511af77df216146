import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { writeFiles } from "../support/temp-folder.ts";
import { scriptProject } from "./project.ts";

const project = () =>
  scriptProject(
    `const one = task({ run: "node one.mjs", inputs: ["one.mjs"] });
const two = task({ run: ["node", "-e", "0"], needs: [one] });`,
    { "one.mjs": `process.stdout.write("first\\n\\u001b[2Jsecond\\n");` },
  );

describe("logs", () => {
  it("gives what a task wrote, byte for byte, also when it came from the cache", async () => {
    const cwd = project();
    await runCli(["run"], { cwd });
    const ran = await runCli(["logs", "one"], { cwd });
    expect(ran).toEqual({ code: 0, stdout: "first\n\u001b[2Jsecond\n", stderr: "" });
    await runCli(["run"], { cwd });
    expect(await runCli(["logs", "one"], { cwd })).toEqual(ran);
    const json = (await runCli(["logs", "one", "--run=1", "--json"], { cwd })).stdout.trimEnd().split("\n");
    expect(json.map((line) => JSON.parse(line))).toEqual([
      { type: "taskLog", run: "1", task: "one", text: "first" },
      { type: "taskLog", run: "1", task: "one", text: "\u001b[2Jsecond" },
    ]);
  });

  it("gives the lines that are asked for, and says what it replaced", async () => {
    const cwd = scriptProject(`const one = task({ run: "node one.mjs", inputs: ["one.mjs"] });`, {
      "one.mjs": `process.stdout.write(Buffer.from("2020-01-01T00:00:00Z error old\\n2999-01-01T00:00:00Z error \\xff\\nError\\n", "latin1"));`,
    });
    await runCli(["run"], { cwd });
    const { code, stdout, stderr } = await runCli(["logs", "one", "--since=2h", "--grep=error", "--json"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "What is not UTF-8 was replaced by \ufffd (U+FFFD)\n" });
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([{ type: "taskLog", run: "1", task: "one", text: "2999-01-01T00:00:00Z error \ufffd" }]);
    const either = await runCli(["logs", "one", "--grep=Error", "--grep=old"], { cwd });
    expect(either).toEqual({ code: 0, stdout: "2020-01-01T00:00:00Z error old\nError\n", stderr: "" });
    const wrong = await runCli(["logs", "one", "--since", "soon"], { cwd });
    expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^error\[bad-arguments\]/) });
  });

  it("gives what a service wrote that ran beside a task, apart from what the task wrote", async () => {
    const cwd = scriptProject(
      `const one = task({ run: ["node", "-e", "console.log('the task')"], services: { base: { run: "node base.mjs", ready: { output: "up" } } } });`,
      { "base.mjs": `console.log("up"); console.error("a word"); setInterval(() => {}, 1000);` },
    );
    await runCli(["run"], { cwd });
    expect((await runCli(["logs", "one"], { cwd })).stdout).toBe("the task\n");
    const { code, stdout } = await runCli(["logs", "one", "--service", "base", "--run", "1"], { cwd });
    expect({ code, lines: stdout.trimEnd().split("\n").sort() }).toEqual({ code: 0, lines: ["a word", "up"] });
    const json = await runCli(["logs", "one", "--service=base", "--json"], { cwd });
    expect(JSON.parse(json.stdout.split("\n")[0]!)).toMatchObject({ type: "taskLog", task: "one", service: "base" });
    for (const name of ["other", "../run", "../../../base.mjs"]) {
      const none = await runCli(["logs", "one", "--service", name], { cwd });
      expect(none).toMatchObject({ code: 2, stdout: "" });
      expect(none.stderr).toContain("hint: There are: base");
    }
  });

  it("says so when there is nothing to show", async () => {
    const cwd = project();
    expect(await runCli(["logs", "one"], { cwd })).toMatchObject({
      code: 2,
      stderr: "error[unknown-run]: No run is recorded yet\n  hint: Run the pipeline first: tidegate run\n",
    });
    writeFiles(cwd, { "one.mjs": "process.exit(1)" });
    await runCli(["run"], { cwd });
    expect((await runCli(["logs", "two"], { cwd })).stderr).toMatch(/Task "two" did not run in run 1/);
    expect((await runCli(["logs", "noe"], { cwd })).stderr).toMatch(
      /had no task "noe"\n {2}hint: Did you mean "one"\?/,
    );
    expect((await runCli(["logs", "one", "--run", "../1"], { cwd })).stderr).toMatch(/^error\[unknown-run\]/);
  });

  it("reads nothing outside of the run's folder, whatever the record says", async () => {
    const cwd = project();
    await runCli(["run"], { cwd });
    const file = join(cwd, ".tidegate/runs/1/run.json");
    const record = JSON.parse(readFileSync(file, "utf8"));
    record.tasks.one.log = { file: "../../../one.mjs" };
    writeFileSync(file, JSON.stringify(record));
    const { code, stdout, stderr } = await runCli(["logs", "one"], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("is no longer there");
  });
});

describe("explain", () => {
  it("says why a task ran, came from the cache, or was skipped", async () => {
    const cwd = project();
    await runCli(["run"], { cwd });
    const explain = async (...args: string[]) => (await runCli(["explain", ...args], { cwd })).stdout;
    expect(await explain("one")).toMatch(
      /^one in run 1 ran: first time\n {2}succeeded after .+\n[\s\S]*the result is cached\n {2}declared: .+\n$/,
    );
    expect(await explain("two")).toMatch(/^two in run 1 ran: no inputs declared, so never cached\n/);
    await runCli(["run"], { cwd });
    expect(await explain("one")).toMatch(/^one in run 2 came from the cache: /);
    writeFiles(cwd, { "one.mjs": "process.exit(1)" });
    await runCli(["run"], { cwd });
    expect(await explain("one")).toMatch(/^one in run 3 ran: one\.mjs changed\n {2}before: .+\n {2}after: .+\n/);
    expect(await explain("one")).toMatch(/not cached: it failed\n$/);
    expect(await explain("two")).toBe("two in run 3 was skipped: one did not succeed\n");
    expect(await explain("one", "--run", "1")).toMatch(/^one in run 1 ran: first time/);
    expect(JSON.parse(await explain("two", "--json"))).toMatchObject({
      type: "taskExplanation",
      run: "3",
      task: "two",
      result: { result: "skipped", because: { reason: "needFailed", need: "one" } },
    });
  });
});
