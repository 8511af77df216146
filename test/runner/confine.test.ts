import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it, type TestContext } from "vitest";
import { task } from "../../src/definition/builders.ts";
import type { ConfinementLevel, TaskOptions } from "../../src/definition/types.ts";
import { failuresOf, outcomes, output, processesIn, reasons, TestProject } from "../run/project.ts";
import { requireSeal } from "./require-seal.ts";

const files = { "src/a": "one\n", hidden: "secret\n" };

describe.each<ConfinementLevel>(["staged", "sealed"])("a %s task", (confine) => {
  const confined = (options: Omit<TaskOptions, "confine">) => task({ ...options, confine });
  const check = (context: TestContext) => (confine === "sealed" ? requireSeal(context) : Promise.resolve());

  it("sees its inputs and what all tasks behind it wrote, and nothing else of the project", async (context) => {
    await check(context);
    const project = new TestProject({ ...files, "other/b": "" });
    const first = task({ run: "mkdir first && cp src/a first/a", inputs: ["src/**"], outputs: ["first/"] });
    const second = task({ run: "true", needs: [first], inputs: [] });
    const t = confined({ run: "find . -type f | sort", needs: [second], inputs: ["other/**"] });
    const run = await project.run({ first, second, t });
    expect(output(run, "t")).toEqual(["./first/a", "./other/b"]);
    expect(readdirSync(project.at(".tidegate/stages"))).toEqual([]);
  });

  it("fails on a file that it does not declare", async (context) => {
    await check(context);
    const project = new TestProject(files);
    const run = await project.run({ t: confined({ run: "cat hidden", inputs: ["src/**"] }) });
    expect(outcomes(run)).toEqual({ t: "failed" });
    expect(output(run, "t").join()).toContain("hidden: No such file or directory");
  });

  it("cannot change what other tasks wrote, or anything else: only its outputs are brought back", async (context) => {
    await check(context);
    const project = new TestProject(files);
    const lib = task({ run: "mkdir lib && echo lib > lib/x", inputs: [], outputs: ["lib/"] });
    const t = confined({
      run: "echo evil >> lib/x; rm -f lib/x; echo evil > new; echo evil > src/b; mkdir out; echo good > out/x",
      needs: [lib],
      inputs: ["src/**"],
      outputs: ["out/"],
    });
    expect(outcomes(await project.run({ lib, t }))).toEqual({ lib: "ran", t: "ran" });
    expect(readFileSync(project.at("src/a"), "utf8")).toBe("one\n");
    expect(readFileSync(project.at("lib/x"), "utf8")).toBe("lib\n");
    for (const path of ["new", "src/b"]) expect(existsSync(project.at(path))).toBe(false);
    expect(readFileSync(project.at("out/x"), "utf8")).toBe("good\n");
    expect(outcomes(await project.run({ lib, t }))).toEqual({ lib: "hit", t: "hit" });
  });

  it("brings back modes, links and empty folders, also of read-only folders, globs and single files", async (context) => {
    await check(context);
    const project = new TestProject({ "logs/keep": "mine" });
    const t = confined({
      run: `mkdir -p out/empty && echo x > out/x && chmod 755 out/x && ln -s x out/link && ln -s /nowhere out/dangling &&
        chmod 555 out && echo l > logs/a.log && echo s > single.txt`,
      inputs: [],
      outputs: ["out/", "logs/*.log", "single.txt"],
    });
    expect(outcomes(await project.run({ t }))).toEqual({ t: "ran" });
    expect(statSync(project.at("out")).mode & 0o777).toBe(0o555);
    expect(statSync(project.at("out/x")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(project.at("out/dangling"))).toBe("/nowhere");
    expect(readdirSync(project.at("out")).sort()).toEqual(["dangling", "empty", "link", "x"]);
    expect(readdirSync(project.at("logs")).sort()).toEqual(["a.log", "keep"]);
    expect(readFileSync(project.at("single.txt"), "utf8")).toBe("s\n");
    expect(outcomes(await project.run({ t }))).toEqual({ t: "hit" });
  });

  it("gets the content of links, and links between outputs as they are", async (context) => {
    await check(context);
    const project = new TestProject({ "src/real": "real\n", "shared/deep/b": "deep\n" });
    symlinkSync("real", project.at("src/alias"));
    symlinkSync("../shared", project.at("src/folder"));
    const lib = task({ run: "mkdir lib && echo v > lib/v && ln -s v lib/now", inputs: [], outputs: ["lib/"] });
    const t = confined({ run: "cat src/alias src/folder/deep/b lib/now", needs: [lib], inputs: ["src/**"] });
    expect(output(await project.run({ lib, t }), "t")).toEqual(["real", "deep", "v"]);
  });

  it("finds the project's own programs that its command names, and those that other tasks installed", async (context) => {
    await check(context);
    const project = new TestProject({ "scripts/hello.sh": "#!/bin/sh\necho hello\n" });
    chmodSync(project.at("scripts/hello.sh"), 0o755);
    const install = task({
      run: "mkdir -p node_modules/.bin && printf '#!/bin/sh\\necho tool' > node_modules/.bin/mytool && chmod 755 node_modules/.bin/mytool",
      inputs: [],
      outputs: ["node_modules/"],
    });
    const own = confined({ run: "./scripts/hello.sh", inputs: [] });
    const installed = confined({ run: "mytool", needs: [install], inputs: [] });
    const run = await project.run({ install, own, installed });
    expect(output(run, "own")).toEqual(["hello"]);
    expect(output(run, "installed")).toEqual(["tool"]);
  });

  it("is refused when an output stands behind a link that the task made to somewhere else", async (context) => {
    await check(context);
    const project = new TestProject({ "../outside/precious": "mine", in: "" });
    const t = confined({ run: "ln -s /etc away", inputs: ["in"], outputs: ["away/hostname"] });
    const run = await project.run({ t });
    expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["path-outside-project"]);
    expect(existsSync("/etc/hostname")).toBe(true);
    expect(lstatSync("/etc/hostname").isFile()).toBe(true);
  });

  it("leaves nothing behind when it is cancelled, no process and no tree", async (context) => {
    await check(context);
    const project = new TestProject(files);
    const stop = new AbortController();
    const t = confined({ run: "sleep 1000 & echo started; wait", inputs: ["src/**"], outputs: ["out"] });
    const run = await project.run(
      { t },
      { signal: stop.signal, emit: (event) => event.type === "taskOutput" && stop.abort() },
    );
    expect(outcomes(run)).toEqual({ t: "cancelled" });
    expect(processesIn(project.folder)).toEqual([]);
    expect(readdirSync(project.at(".tidegate/stages"))).toEqual([]);
  });

  it("is refused without declared inputs when the call asks for it", async () => {
    const project = new TestProject();
    const run = await project.run({ t: task({ run: "true" }) }, { confine });
    expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["confinement-unavailable"]);
  });
});

describe("a result made under one level", () => {
  it("serves for a weaker one, and not for a stronger one", async () => {
    const project = new TestProject(files);
    const pipeline = { t: task({ run: "cp src/a out", inputs: ["src/**"], outputs: ["out"] }) };
    await project.run(pipeline);
    const staged = await project.run(pipeline, { confine: "staged" });
    expect(reasons(staged)).toEqual({
      t: { reason: "changed", part: "task:confine", before: "declared", after: "staged", others: 0 },
    });
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "hit" });
    expect(outcomes(await project.run(pipeline, { confine: "staged" }))).toEqual({ t: "hit" });
  });

  it("says in its entry what stayed open", async () => {
    const project = new TestProject(files);
    await project.run({ t: task({ run: "true", inputs: ["src/**"], confine: "staged" }) });
    const [entry] = readdirSync(project.at(".tidegate/cache/entries"));
    const text = readFileSync(project.at(`.tidegate/cache/entries/${entry}`), "utf8");
    expect(JSON.parse(text).entry.confinement).toEqual({ level: "staged", open: ["disk", "network", "processes"] });
  });
});

describe("a tree that a killed run left", () => {
  it("is removed by the next run; those of living processes are not", async () => {
    const project = new TestProject(files);
    const gone = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();
    for (const name of [`${gone}.1.t.abcd`, `${process.ppid}.1.t.abcd`]) {
      mkdirSync(project.at(`.tidegate/stages/${name}/tree`), { recursive: true });
      writeFileSync(project.at(`.tidegate/stages/${name}/tree/x`), "");
    }
    await project.run({ t: task({ run: "true", inputs: [] }) });
    expect(readdirSync(project.at(".tidegate/stages"))).toEqual([`${process.ppid}.1.t.abcd`]);
  });
});

describe("a staged task that would lose something by it", () => {
  it("fails when it changes an input, which stays as it was: nobody would see that a formatter has done nothing", async () => {
    const project = new TestProject({ "src/a": "aXb\n" });
    const t = task({ run: "tr -d X < src/a > src/b && mv src/b src/a", inputs: ["src/**"], confine: "staged" });
    for (const _ of [1, 2]) {
      const run = await project.run({ t });
      expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["input-changed"]);
    }
    expect(readFileSync(project.at("src/a"), "utf8")).toBe("aXb\n");
  });

  it.each([
    ["a file", "mkdir out && pwd > out/where", ["out/"]],
    ["a link", "mkdir out && ln -s $PWD/in out/link", ["out/"]],
    ["a large file", "mkdir out && head -c 1048570 /dev/zero > out/big && pwd >> out/big", ["out/"]],
  ])("fails when %s among its outputs names the tree, which is gone", async (_, run, outputs) => {
    const project = new TestProject({ in: "" });
    const watched = await project.run({ t: task({ run, inputs: ["in"], outputs, confine: "staged" }) });
    expect(failuresOf(watched, "t").map(({ code }) => code)).toEqual(["output-names-tree"]);
  });
});
