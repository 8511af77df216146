import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.ts";
import { tempFolder, writeFiles } from "../../support/temp-folder.ts";

const definition = `import { concurrencyGroup, defineProject, env, isSet, matrix, task } from "tidegate";
const database = concurrencyGroup("database");
const first = task({ run: "node wait.mjs", inputs: ["wait.mjs"], concurrency: database });
const second = task({ run: "node wait.mjs", inputs: ["wait.mjs"], concurrency: database });
const deploy = task({ run: "true", when: isSet(env("NEVER")) });
const broken = task({ run: "node fail.mjs", inputs: ["fail.mjs"], allowFailure: true });
const test = matrix({ size: [1, 2] }, ({ size }) => task({ run: ["node", "-e", String(size)], inputs: ["wait.mjs"] }));
export default defineProject({ name: "many", pipeline: { first, second, deploy, broken, test } });
`;

function project(): string {
  return tempFolder({
    "tidegate.config.ts": definition,
    // Long enough for the other one to be asked for meanwhile: both begin in one turn.
    "wait.mjs": "await new Promise((resolve) => setTimeout(resolve, 200));",
    "fail.mjs": "process.exit(3);",
  });
}

async function explain(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["explain", ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("explain", () => {
  it("says that a task was queued, skipped by which condition, or failed as it may", async () => {
    const cwd = project();
    expect((await runCli(["run", "-n", "4"], { cwd })).code).toBe(0);
    const both = (await explain(cwd, "first")) + (await explain(cwd, "second"));
    expect(both.match(/ {2}waited for its turn in database: 1 at a time\n/g)).toHaveLength(1);
    expect(await explain(cwd, "deploy")).toMatch(/^deploy in run 1 was skipped: .*NEVER/);
    expect(await explain(cwd, "broken")).toMatch(
      /^broken in run 1 ran: first time\n {2}failed after .+, which it may: the run went on\n {2}task-failed: .+\n/,
    );
  });

  it("means all tasks that share a name", async () => {
    const cwd = project();
    await runCli(["run", "test"], { cwd });
    expect(await explain(cwd, "test")).toMatch(/^test\[size=1\] in run 1 ran: [\s\S]*\ntest\[size=2\] in run 1 ran: /);
    const lines = (await explain(cwd, "test", "--json")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).task)).toEqual(["test[size=1]", "test[size=2]"]);
  });

  it("says why a task was selected", async () => {
    const cwd = project();
    await runCli(["run", "first"], { cwd });
    const { selected } = JSON.parse(await explain(cwd, "first", "--json"));
    expect(selected ?? { reason: "named" }).toEqual({ reason: "named" });
    expect((await runCli(["explain", "second"], { cwd })).stderr).toContain(`Run 1 had no task "second"`);
  });

  it("knows past runs also when the definition is wrong now", async () => {
    const cwd = project();
    await runCli(["run", "broken"], { cwd });
    writeFileSync(join(cwd, "tidegate.config.ts"), "const x = ;");
    expect(await explain(cwd, "broken", "--run", "1")).toMatch(/^broken in run 1 ran: first time\n/);
  });

  it("gives the first input that differs, before and after", async () => {
    const cwd = project();
    await runCli(["run", "first"], { cwd });
    writeFiles(cwd, { "wait.mjs": "" });
    await runCli(["run", "first"], { cwd });
    expect(await explain(cwd, "first")).toMatch(
      /^first in run 2 ran: wait\.mjs changed\n {2}before: file sha256:\w+\n {2}after: {2}file sha256:\w+\n/,
    );
    const record = JSON.parse(readFileSync(join(cwd, ".tidegate/runs/2/run.json"), "utf8"));
    expect(JSON.parse(await explain(cwd, "first", "--json")).result).toEqual(record.tasks.first.result);
  });

  it("says how far the task was held to what it declares, as long as its result is there", async () => {
    const cwd = project();
    await runCli(["run", "first"], { cwd });
    const declared =
      "  declared: besides what it declares, it could reach the rest of the project, the rest of the disk, the network and other processes\n";
    expect(await explain(cwd, "first")).toContain(declared);
    await runCli(["run", "first", "--confine", "staged"], { cwd });
    const staged =
      "  staged: besides what it declares, it could reach the rest of the disk, the network and other processes\n";
    expect(await explain(cwd, "first")).toContain(staged);
    const { confinement } = JSON.parse(await explain(cwd, "first", "--json"));
    expect(confinement).toEqual({ level: "staged", open: ["disk", "network", "processes"] });
    await runCli(["cache", "prune", "--all"], { cwd });
    expect(await explain(cwd, "first")).not.toContain("it could reach");
  });

  it.each([
    ["of an older version", { reason: { reason: "noResult" } }, "because"],
    ["that was skipped without a reason", { result: "skipped" }, "because"],
    ["with a reason that there is not", { reason: { reason: "whim" } }, "reason"],
    ["with failures that are none", { failures: [null] }, "failures"],
  ])("fails clearly over a record %s, and a run goes on", async (_, change, place) => {
    const cwd = project();
    await runCli(["run", "first"], { cwd });
    const file = join(cwd, ".tidegate/runs/1/run.json");
    const record = JSON.parse(readFileSync(file, "utf8"));
    Object.assign(record.tasks.first.result, change);
    writeFileSync(file, JSON.stringify(record));
    const { code, stdout, stderr } = await runCli(["explain", "first"], { cwd });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain('error[state-damaged]: The record of "first" in run 1 cannot be read');
    expect(stderr).toContain(place);
    writeFiles(cwd, { "wait.mjs": "1;" });
    expect((await runCli(["run", "first"], { cwd })).code).toBe(0);
  });

  it("fails clearly when the whole record is damaged, and a run that asks for it goes on", async () => {
    const cwd = project();
    await runCli(["run", "first"], { cwd });
    const file = join(cwd, ".tidegate/runs/1/run.json");
    for (const text of [
      "{",
      '{"schema":1,"run":"1","tasks":{"first":null}}',
      '{"schema":1,"run":"1","tasks":{"first":{}}}',
    ]) {
      writeFileSync(file, text);
      const { code, stderr } = await runCli(["explain", "first", "--run", "1"], { cwd });
      expect(code).toBe(4);
      expect(stderr).toContain("error[state-damaged]: The record of run 1 is damaged\n");
    }
    // Without a result, what became of it is looked up in the records.
    await runCli(["cache", "prune", "--all"], { cwd });
    expect((await runCli(["run", "first"], { cwd })).code).toBe(0);
    expect((await runCli(["run", "--failed"], { cwd })).code).toBe(0);
  });
});
