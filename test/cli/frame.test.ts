import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verbTable } from "../../src/cli/verb-table.ts";
import { binFile, runCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));

describe("the version", () => {
  it.each([["--version"], ["-v"], ["version"]])("is the answer to %s", async (word) => {
    expect(await runCli([word], { cwd: "/" })).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("is JSON when asked", async () => {
    for (const args of [
      ["--version", "--json"],
      ["--json", "version"],
    ]) {
      expect(JSON.parse((await runCli(args, { cwd: "/" })).stdout)).toEqual({ version });
    }
  });
});

describe("the help", () => {
  it("lists every verb, with or without being asked", async () => {
    const bare = await runCli([], { cwd: "/" });
    expect(bare).toMatchObject({ code: 0, stderr: "" });
    for (const { name, summary } of verbTable) expect(bare.stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
    for (const args of [["help"], ["--help"], ["-h"]]) expect(await runCli(args, { cwd: "/" })).toEqual(bare);
  });

  it.each(verbTable.map(({ name }) => [name]))("of %s shows its use, its options and an example", async (name) => {
    const asked = await runCli([name, "--help"], { cwd: "/" });
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toMatch(new RegExp(`^tidegate ${name}: .+\n\nUsage\n  tidegate ${name}`));
    expect(asked.stdout).toMatch(new RegExp(`\nExamples\n  [^\n]*tidegate ${name}[^\n]*\n      \\S`));
    expect(asked.stdout).toMatch(/\n {2}-C, --project DIR +Look for the project in DIR \(default: \.\)\n/);
    expect(asked.stdout).toMatch(/\nExit codes\n {2}0 +done\n/);
    expect(await runCli(["help", name], { cwd: "/" })).toEqual(asked);
  });

  it.each(verbTable.map((entry) => [entry.name, entry] as const))(
    "of %s says the same as the list",
    async (_, entry) => {
      const { name, summary } = await entry.load();
      expect({ name, summary }).toEqual({ name: entry.name, summary: entry.summary });
    },
  );

  it("is JSON when asked", async () => {
    const list = JSON.parse((await runCli(["help", "--json"], { cwd: "/" })).stdout);
    expect(list).toMatchObject({
      version,
      verbs: expect.arrayContaining([{ name: "run", summary: expect.any(String) }]),
    });
    const one = JSON.parse((await runCli(["run", "--help", "--json"], { cwd: "/" })).stdout);
    expect(one).toMatchObject({ verb: "run", options: { force: { kind: "flag" }, project: { short: "C" } } });
  });
});

describe("a wrong call", () => {
  it("names the verb that was meant", async () => {
    expect(await runCli(["chekc"], { cwd: "/" })).toEqual({
      code: 2,
      stdout: "",
      stderr: `error[unknown-command]: tidegate has no verb "chekc"\n  hint: Did you mean: tidegate check\n`,
    });
  });

  it("lists the verbs when none is near", async () => {
    const { code, stderr } = await runCli(["frobnicate"], { cwd: "/" });
    expect(code).toBe(2);
    expect(stderr).toContain(`has no verb "frobnicate"\n  hint: One of: init, check, run,`);
  });

  it("names the option that was meant", async () => {
    expect(await runCli(["run", "--forse"], { cwd: "/" })).toEqual({
      code: 2,
      stdout: "",
      stderr: "error[bad-arguments]: There is no option --forse\n  hint: Did you mean --force?\n",
    });
  });

  it("is told as JSON on standard output when asked", async () => {
    const { code, stdout, stderr } = await runCli(["run", "--json", "--forse"], { cwd: "/" });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ type: "failure", code: "bad-arguments", at: expect.any(Number) });
  });

  it("says so when the folder that it is called in was removed, and works on another one all the same", () => {
    const folder = tempFolder({ "project/tidegate.config.ts": "", "gone/x": "" });
    const call = (...args: string[]) => {
      const command = 'cd "$0" && rm -r ../gone && exec "$@"';
      const env = { PATH: process.env.PATH, TIDEGATE_STATE: join(folder, "state") };
      mkdirSync(join(folder, "gone"), { recursive: true });
      return spawnSync("sh", ["-c", command, join(folder, "gone"), process.execPath, binFile(), ...args], {
        env,
        encoding: "utf8",
      });
    };
    const hint = "Change to a folder that exists, or name one with --project.";
    expect(call("check")).toMatchObject({
      status: 2,
      stderr: `error[bad-arguments]: There is not a folder ${join(folder, "gone")}\n  hint: ${hint}\n`,
    });
    expect(call("cache", "status", "--project", join(folder, "project")).stderr).not.toContain("no folder");
    expect(call("check", "--help").status).toBe(0);
  });

  it("says so when the folder is not there", async () => {
    const { code, stderr } = await runCli(["check", "-C", "/no/such/folder"], { cwd: "/" });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "error[bad-arguments]: There is not a folder /no/such/folder\n  hint: Change to a folder that exists, or name one with --project.\n",
    });
  });

  it("cannot act on the terminal through its words", async () => {
    const { stderr } = await runCli(["\u001b[2J\u001b]0;title\u0007x"], { cwd: "/" });
    expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe("colours", () => {
  const wrong = ["chekc"];
  it("are not for pipes", async () => {
    expect((await runCli(wrong, { cwd: "/" })).stderr).not.toContain("\u001b");
  });

  it("can be forced, and forbidden", async () => {
    const forced = { FORCE_COLOR: "1" };
    expect((await runCli(wrong, { cwd: "/", env: forced })).stderr).toContain("\u001b[31merror");
    expect((await runCli(wrong, { cwd: "/", env: { ...forced, NO_COLOR: "1" } })).stderr).not.toContain("\u001b");
    expect((await runCli([...wrong, "--no-color"], { cwd: "/", env: forced })).stderr).not.toContain("\u001b");
  });
});

describe("the process", () => {
  it("is quiet when the reader of its output goes away", async () => {
    const shell = `"${process.execPath}" "${binFile()}" help | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", shell], { encoding: "utf8" });
    expect({ stdout: stdout.split("\n").slice(1), stderr }).toEqual({ stdout: ["0", ""], stderr: "" });
  });

  it("is quiet when nobody reads at all", async () => {
    const child = spawn(process.execPath, [binFile(), "help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("tells of a bug in Tidegate as such, with its stack only for its developers", async () => {
    const cwd = tempFolder({
      "break.cjs": `const fs = require("node:fs");
const { writeSync } = fs;
fs.writeSync = (file, ...rest) => {
  if (file === 1) throw new TypeError("broken on purpose");
  return writeSync(file, ...rest);
};
require("node:module").syncBuiltinESMExports();`,
    });
    const env = { NODE_OPTIONS: `--require=${join(cwd, "break.cjs")}` };
    const quiet = await runCli(["help"], { cwd, env });
    expect(quiet.code).toBe(4);
    expect(quiet.stderr).toMatch(
      /^error\[internal\]: [\s\S]*tidegate help\n {2}\| TypeError: broken on purpose\n {2}hint: /,
    );
    const loud = await runCli(["help"], { cwd, env: { ...env, TIDEGATE_DEBUG: "1" } });
    expect(loud.stderr).toMatch(/\n {2}\| {5}at [\s\S]*break\.cjs/);
  });

  const oldNode = "/usr/bin/node";
  const oldVersion = existsSync(oldNode)
    ? spawnSync(oldNode, ["--version"], { encoding: "utf8" }).stdout.trim()
    : "none";
  const isOld = /^v(\d|1\d|2[0-3])\./.test(oldVersion);
  it.skipIf(!isOld)(
    `runs on another Node when it is started on an old one (${oldVersion} at ${oldNode}; skipped when it is not an old one)`,
    () => {
      const env = { PATH: "/nothing", HOME: tempFolder(), NODE_DISABLE_COMPILE_CACHE: "1" };
      const run = (more: NodeJS.ProcessEnv, ...args: string[]) =>
        spawnSync(oldNode, [binFile(), ...args], { encoding: "utf8", env: { ...env, ...more } });
      const { status, stdout, stderr } = run({ npm_execpath: "" }, "run", "build");
      expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
      expect(stderr).toMatch(
        /^[^\n]*\nerror\[node-too-old\]: Tidegate runs on Node 24 or newer, this is [\d.]+, and no other was found[\s\S]*TIDEGATE_NODE=/,
      );
      expect(run({ TIDEGATE_NODE: process.execPath }, "help")).toMatchObject({ status: 0, stderr: "" });
      expect(run({ TIDEGATE_NODE: process.execPath }, "nonsense").status).toBe(2);
      const wrong = run({ TIDEGATE_NODE: oldNode }, "run", "--json");
      expect(JSON.parse(wrong.stdout)).toMatchObject({ type: "failure", code: "node-too-old" });
      expect(run({}, "--version").stdout).toBe(`${version}\n`);
    },
  );

  it("keeps compiled code in a private folder of the user", async () => {
    const cache = tempFolder({}, "cache");
    const env = { NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: cache };
    expect((await runCli(["help"], { cwd: "/", env })).code).toBe(0);
    const { mode } = statSync(join(cache, "tidegate/compiled"));
    expect(mode & 0o777).toBe(0o700);
    expect(readdirSync(join(cache, "tidegate/compiled"))).not.toEqual([]);
    expect((await runCli(["help"], { cwd: "/", env: { ...env, XDG_CACHE_HOME: "/proc/no" } })).code).toBe(0);
  });
});
