import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { binFile, runCli, startCli } from "../support/cli.ts";
import { writeFiles } from "../support/temp-folder.ts";
import { scriptProject } from "./project.ts";

const copying = () =>
  scriptProject(`const copy = task({ run: "cp in out", inputs: ["in"], outputs: ["out"] });`, { in: "one" });

async function json(args: readonly string[], cwd: string) {
  const { code, stdout } = await runCli([...args, "--json"], { cwd });
  return { code, record: JSON.parse(stdout.split("\n")[0]!) };
}

function blobs(cwd: string): string[] {
  const folder = join(cwd, ".tidegate/cache/blobs");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files.map((each) => join(each.parentPath, each.name));
}

describe("cache", () => {
  it("shows what is kept, and what it may be", async () => {
    const cwd = copying();
    expect((await runCli(["cache", "status"], { cwd })).stdout).toContain("results             0, 0 of them current\n");
    await runCli(["run"], { cwd });
    writeFiles(cwd, { in: "two" });
    await runCli(["run"], { cwd });
    const { stdout } = await runCli(["cache", "status"], { cwd });
    expect(stdout).toContain("results             2, 1 of them current\n");
    expect(stdout).toContain("of 10.0 GB\n");
    const { record } = await json(["cache", "status"], cwd);
    expect(record).toMatchObject({
      type: "cacheStatus",
      entries: 2,
      current: 1,
      unusable: 0,
      tasks: [{ task: "copy" }],
    });
  });

  it("is emptied on request, and everything runs again", async () => {
    const cwd = copying();
    await runCli(["run"], { cwd });
    expect(await json(["cache", "prune"], cwd)).toMatchObject({
      code: 0,
      record: { entriesRemoved: 0, entriesLeft: 1 },
    });
    const { code, stdout } = await runCli(["cache", "prune", "--all"], { cwd });
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^removed 1 result, .*; 0 results left, 0 B\n$/),
    });
    expect((await runCli(["run"], { cwd })).stderr).toContain("succeeded");
    expect(blobs(cwd).length).toBeGreaterThan(0);
  });

  it("is verified: what is damaged is told and taken out", async () => {
    const cwd = copying();
    await runCli(["run"], { cwd });
    expect(await json(["cache", "verify"], cwd)).toMatchObject({ code: 0, record: { entries: 1, damagedBlobs: [] } });
    for (const path of blobs(cwd)) {
      chmodSync(path, 0o644);
      writeFileSync(path, "EVIL");
    }
    const { code, stderr } = await runCli(["cache", "verify"], { cwd });
    expect(code).toBe(4);
    expect(stderr).toContain("error[cache-damaged]: The cache had damaged files; they were removed");
    expect(stderr).toContain("results with missing files: copy");
    expect((await runCli(["cache", "verify"], { cwd })).code).toBe(0);
  });

  it("is pruned after the run that is under way, and not from inside of a task", async () => {
    const cwd = scriptProject(`const hold = task({ run: "echo started; while [ ! -e go ]; do sleep 0.05; done" });
const nested = task({ run: ${JSON.stringify(`${process.execPath} ${binFile()} cache prune`)} });`);
    const inside = await runCli(["run", "nested"], { cwd });
    expect(inside.stderr).toContain("A task cannot prune the cache of its own run");
    const run = startCli(["run", "hold"], { cwd });
    await run.until("hold | started");
    const prune = startCli(["cache", "prune"], { cwd });
    await prune.until("waiting for it to end");
    writeFiles(cwd, { go: "" });
    expect((await run.ended).code).toBe(0);
    expect((await prune.ended).code).toBe(0);
  });

  it("names its verbs and shows how they are used", async () => {
    const help = await runCli(["cache", "prune", "--help"], { cwd: "/" });
    expect(help.stdout).toContain("cache prune [--all]");
    expect((await runCli(["cache", "purge"], { cwd: "/" })).stderr).toContain("One of: status, prune, verify");
  });
});

describe("run --confine", () => {
  it("holds every task to its inputs, and says so when one reads more", async () => {
    const cwd = scriptProject(`const t = task({ run: "cat hidden", inputs: [] });`, { hidden: "secret\n" });
    expect((await runCli(["run"], { cwd })).code).toBe(0);
    const { code, stderr } = await runCli(["run", "--confine", "staged"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("its `confine` changed");
    expect(stderr).toContain("hidden: No such file or directory");
    expect((await runCli(["run", "--confine", "strict"], { cwd })).code).toBe(2);
  });
});

describe("check", () => {
  it("finds inputs that git ignores, with their place", async () => {
    const cwd = scriptProject(`const t = task({ run: "true", inputs: ["infra/**"] });`, {
      ".gitignore": "infra/\n",
      "infra/a": "",
    });
    execFileSync("git", ["init", "--quiet"], { cwd });
    const { code, stderr } = await runCli(["check"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/error\[input-ignored\][^\n]*\n {2}at tidegate\.config\.ts:3:/);
  });
});
