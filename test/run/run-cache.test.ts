import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/cache/runs/run-record.ts";
import { task } from "../../src/definition/builders.ts";
import { decisions, failuresOf, outcomes, output, reasons, TestProject } from "./project.ts";

const build = task({
  run: "mkdir dist && cp src/a.txt dist/a.txt && echo built",
  inputs: ["src/**"],
  outputs: ["dist/"],
});
const test = task({ run: "cat dist/a.txt", needs: [build], inputs: ["test/**"] });
const files = { "src/a.txt": "one", "test/t.txt": "t" };

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("a cached run", () => {
  it("runs the first time, and then nothing until something changes", async () => {
    const project = new TestProject(files);
    const first = await project.run({ build, test });
    expect(outcomes(first)).toEqual({ build: "ran", test: "ran" });
    expect(reasons(first)).toEqual({ build: { reason: "firstTime" }, test: { reason: "firstTime" } });
    expect(output(first, "test")).toEqual(["one"]);
    const second = await project.run({ build, test });
    expect(outcomes(second)).toEqual({ build: "hit", test: "hit" });
    expect(second.events.map(({ type }) => type)).toEqual(["runStarted", "taskHit", "taskHit", "runFinished"]);
  });

  it("promise 2: names the first thing that changed, before and after, and runs only what depends on it", async () => {
    const project = new TestProject(files);
    await project.run({ build, test });
    project.write("test/t.txt", "changed");
    const changedTest = await project.run({ build, test });
    expect(outcomes(changedTest)).toEqual({ build: "hit", test: "ran" });
    expect(reasons(changedTest)).toEqual({
      test: {
        reason: "changed",
        part: "input:test/t.txt",
        before: expect.stringMatching(/^file sha256:/),
        after: expect.stringMatching(/^file sha256:/),
        others: 0,
      },
    });
    project.write("src/a.txt", "two");
    const changedSource = await project.run({ build, test });
    expect(outcomes(changedSource)).toEqual({ build: "ran", test: "ran" });
    expect(reasons(changedSource)).toMatchObject({ build: { part: "input:src/a.txt" }, test: { part: "need:build" } });
    expect(output(changedSource, "test")).toEqual(["two"]);
  });

  it("finds an earlier result again when a change is taken back, and restores it", async () => {
    const project = new TestProject(files);
    await project.run({ build, test });
    project.write("src/a.txt", "two");
    await project.run({ build, test });
    project.write("src/a.txt", "one");
    expect(outcomes(await project.run({ build, test }))).toEqual({ build: "hit 1", test: "hit" });
    expect(readFileSync(project.at("dist/a.txt"), "utf8")).toBe("one");
  });

  it("does not run a task again when what it needs ran but wrote the same", async () => {
    const project = new TestProject({ ...files, "src/b.txt": "not copied" });
    await project.run({ build, test });
    project.write("src/b.txt", "changed");
    expect(outcomes(await project.run({ build, test }))).toEqual({ build: "ran", test: "hit" });
  });

  it("runs a task again when something far upstream wrote something else, whatever stands between", async () => {
    const project = new TestProject({ lock: "1" });
    const install = task({ run: "mkdir modules && cp lock modules/lock", inputs: ["lock"], outputs: ["modules/"] });
    const between = task({ run: "mkdir out", needs: [install], inputs: [], outputs: ["out/"] });
    const last = task({ run: "cat modules/lock", needs: [between], inputs: [] });
    await project.run({ install, between, last });
    project.write("lock", "2");
    const run = await project.run({ install, between, last });
    expect(outcomes(run)).toEqual({ install: "ran", between: "ran", last: "ran" });
    expect(output(run, "last")).toEqual(["2"]);
    expect(reasons(run)).toMatchObject({ last: { part: "behind:between" } });
  });

  it.each<[string, (project: TestProject) => void]>([
    ["an input appears", (project) => project.write("src/new.txt", "")],
    ["an input becomes executable", (project) => chmodSync(project.at("src/a.txt"), 0o755)],
    [
      "an input becomes a link",
      (project) => {
        rmSync(project.at("src/a.txt"));
        symlinkSync("../test/t.txt", project.at("src/a.txt"));
      },
    ],
    [
      "an input is changed without its time and size being changed",
      (project) => {
        const { atime, mtime } = statSync(project.at("src/a.txt"));
        writeFileSync(project.at("src/a.txt"), "eno");
        utimesSync(project.at("src/a.txt"), atime, mtime);
      },
    ],
  ])("is not used when %s", async (_, change) => {
    const project = new TestProject(files);
    await project.run({ build });
    change(project);
    expect(outcomes(await project.run({ build }))).toEqual({ build: "ran" });
  });

  it("is used though a program that the task itself writes and runs was not there the first time", async () => {
    const project = new TestProject({ "src/a.txt": "one" });
    const install = task({
      run: "mkdir bin && printf '#!/bin/sh\necho done' > bin/tool && chmod +x bin/tool && bin/tool",
      inputs: ["src/**"],
      outputs: ["bin/"],
    });
    expect(outcomes(await project.run({ install }))).toEqual({ install: "ran" });
    expect(outcomes(await project.run({ install }))).toEqual({ install: "hit" });
    writeFileSync(project.at("bin/tool"), "#!/bin/sh\nexit 1\n");
    expect(outcomes(await project.run({ install }))).toEqual({ install: "hit 1" });
    expect(readFileSync(project.at("bin/tool"), "utf8")).toContain("echo done");
  });

  it("is not used when the command, or the program behind it, is another one", async () => {
    const project = new TestProject({ tool: "#!/bin/sh\necho one\n", in: "" });
    chmodSync(project.at("tool"), 0o755);
    await project.run({ t: task({ run: "./tool", inputs: ["in"] }) });
    const other = await project.run({ t: task({ run: "./tool more", inputs: ["in"] }) });
    expect(reasons(other)).toMatchObject({ t: { part: "task:run" } });
    writeFileSync(project.at("tool"), "#!/bin/sh\necho two\n");
    const run = await project.run({ t: task({ run: "./tool more", inputs: ["in"] }) });
    expect(reasons(run)).toMatchObject({ t: { part: "tool:./tool" } });
    expect(output(run, "t")).toEqual(["two"]);
  });

  it("is not used when package.json has other scripts, for a task that npm runs", async () => {
    const scripts = (text: string) => JSON.stringify({ scripts: { hello: `echo ${text}` } });
    const project = new TestProject({ "package.json": scripts("one"), in: "" });
    const hello = task({ run: "npm run --silent hello", inputs: ["in"] });
    expect(output(await project.run({ hello }), "hello")).toEqual(["one"]);
    project.write("package.json", scripts("two"));
    const run = await project.run({ hello });
    expect(reasons(run)).toMatchObject({ hello: { part: "input:package.json" } });
    expect(output(run, "hello")).toEqual(["two"]);
  });

  it("depends on declared variables, shows no value, and hides the others from the task", async () => {
    const project = new TestProject({ in: "" });
    const t = task({ run: 'echo "$SHOWN|$HIDDEN"', inputs: ["in"], env: ["SHOWN"] });
    const environment = { PATH: process.env.PATH ?? "", SHOWN: "first-value", HIDDEN: "x" };
    expect(output(await project.run({ t }, { environment }), "t")).toEqual(["first-value|"]);
    expect(outcomes(await project.run({ t }, { environment: { ...environment, HIDDEN: "y" } }))).toEqual({ t: "hit" });
    const run = await project.run({ t }, { environment: { ...environment, SHOWN: "second-value" } });
    expect(reasons(run)).toEqual({ t: { reason: "changed", part: "env:SHOWN", others: 0 } });
    const state = filesIn(project.at(".tidegate")).filter(
      (path) => !path.endsWith(".log") && !path.includes("/blobs/"),
    );
    for (const path of state) expect(readFileSync(path, "latin1")).not.toMatch(/(first|second)-value/);
    expect(statSync(project.at(".tidegate/key")).mode & 0o777).toBe(0o600);
  });

  it("never comes for a task without inputs, or with the cache off, and says so", async () => {
    const project = new TestProject({ in: "" });
    const blind = task({ run: "true" });
    const off = task({ run: "true", inputs: ["in"], cache: false });
    await project.run({ blind, off });
    const run = await project.run({ blind, off });
    expect(reasons(run)).toEqual({
      blind: { reason: "notCacheable", because: "noInputs" },
      off: { reason: "notCacheable", because: "cacheOff" },
    });
    expect(decisions(run)).toEqual({
      blind: { stored: false, because: "noInputs" },
      off: { stored: false, because: "cacheOff" },
    });
  });

  it("comes for a task behind one that is never cached, as long as that one writes the same", async () => {
    const project = new TestProject({ in: "1", t: "" });
    const always = task({ run: "mkdir out && cp in out/in", outputs: ["out/"] });
    const behind = task({ run: "cat out/in", needs: [always], inputs: ["t"] });
    await project.run({ always, behind });
    expect(outcomes(await project.run({ always, behind }))).toEqual({ always: "ran", behind: "hit" });
    project.write("in", "2");
    expect(outcomes(await project.run({ always, behind }))).toEqual({ always: "ran", behind: "ran" });
  });

  it("is not used when everything is to run", async () => {
    const project = new TestProject(files);
    await project.run({ build });
    const run = await project.run({ build }, { force: true });
    expect(reasons(run)).toEqual({ build: { reason: "forced" } });
    expect(outcomes(await project.run({ build }))).toEqual({ build: "hit" });
  });

  it("promise 2: is recorded with what was decided", async () => {
    const project = new TestProject(files);
    await project.run({ build, test });
    project.write("test/t.txt", "changed");
    await project.run({ build, test }, { tasks: ["test"] });
    const record = readRun(project.at(".tidegate"), "last");
    expect(record.ok && record.value).toMatchObject({
      run: "2",
      outcome: "succeeded",
      asked: ["test"],
      tasks: {
        build: { result: { result: "hit", restored: 0 } },
        test: {
          result: { result: "succeeded", reason: { part: "input:test/t.txt" }, attempts: 1, cache: { stored: true } },
          log: { file: "test.log" },
        },
      },
    });
    expect(readRun(project.at(".tidegate"), "1").ok).toBe(true);
    const unknown = readRun(project.at(".tidegate"), "3");
    expect(unknown.ok ? "" : unknown.failures[0]!.code).toBe("unknown-run");
    expect(readFileSync(project.at(".tidegate/runs/1/build.log"), "utf8")).toBe("built\n");
  });

  it("works in a folder whose name has spaces and letters from everywhere", async () => {
    const project = new TestProject(files, "ein Projekt – проект 🎉 $(x) 'q'");
    await project.run({ build, test });
    rmSync(project.at("dist"), { recursive: true });
    expect(outcomes(await project.run({ build, test }))).toEqual({ build: "hit 1", test: "hit" });
  });
});

describe("a restore", () => {
  const fancy = task({
    run: `mkdir -p out/empty out/locked out/sub && echo a > out/sub/a && echo x > out/x && chmod 755 out/x &&
      chmod 640 out/sub/a && ln -s sub/a out/link && ln -s /nowhere out/dangling && echo l > out/locked/l && chmod 555 out/locked`,
    inputs: ["in"],
    outputs: ["out/", "single.txt", "logs/*.log"].slice(0, 1),
  });

  it("brings back modes, links and empty folders, exactly", async () => {
    const project = new TestProject({ in: "" });
    await project.run({ fancy });
    chmodSync(project.at("out/locked"), 0o755);
    rmSync(project.at("out"), { recursive: true });
    expect(outcomes(await project.run({ fancy }))).toEqual({ fancy: "hit 5" });
    expect(statSync(project.at("out/x")).mode & 0o777).toBe(0o755);
    expect(statSync(project.at("out/sub/a")).mode & 0o777).toBe(0o640);
    expect(statSync(project.at("out/locked")).mode & 0o777).toBe(0o555);
    expect(readlinkSync(project.at("out/link"))).toBe("sub/a");
    expect(readlinkSync(project.at("out/dangling"))).toBe("/nowhere");
    expect(readdirSync(project.at("out/empty"))).toEqual([]);
    expect(outcomes(await project.run({ fancy }))).toEqual({ fancy: "hit" });
  });

  it("corrects only what differs, and removes what does not belong there", async () => {
    const project = new TestProject({ in: "" });
    await project.run({ fancy });
    const untouched = lstatSync(project.at("out/sub/a"));
    writeFileSync(project.at("out/x"), "changed");
    writeFileSync(project.at("out/extra"), "");
    mkdirSync(project.at("out/more/deep"), { recursive: true });
    rmSync(project.at("out/link"));
    mkdirSync(project.at("out/link"));
    rmSync(project.at("out/empty"), { recursive: true });
    chmodSync(project.at("out/sub"), 0o700);
    expect(outcomes(await project.run({ fancy }))).toEqual({ fancy: "hit 2" });
    expect(readdirSync(project.at("out")).sort()).toEqual(["dangling", "empty", "link", "locked", "sub", "x"]);
    expect(readFileSync(project.at("out/x"), "utf8")).toBe("x\n");
    expect(readlinkSync(project.at("out/link"))).toBe("sub/a");
    expect(lstatSync(project.at("out/sub/a"))).toEqual(untouched);
    expect(statSync(project.at("out/sub")).mode & 0o777).toBe(0o755);
  });

  it("leaves alone what is not an output, beside files and globs that are", async () => {
    const project = new TestProject({ in: "1", "logs/keep.md": "mine" });
    const t = task({
      run: "cp in logs/a.log && cp in single.txt",
      inputs: ["in"],
      outputs: ["logs/*.log", "single.txt"],
    });
    await project.run({ t });
    project.write("logs/stale.log", "stale");
    rmSync(project.at("single.txt"));
    expect(outcomes(await project.run({ t }))).toEqual({ t: "hit 1" });
    expect(readdirSync(project.at("logs")).sort()).toEqual(["a.log", "keep.md"]);
    project.write("logs/stale.log", "stale");
    project.write("in", "2");
    expect(outcomes(await project.run({ t }))).toEqual({ t: "ran" });
    expect(readdirSync(project.at("logs")).sort()).toEqual(["a.log", "keep.md"]);
  });

  it("does not write behind a link that leads out of the project", async () => {
    const project = new TestProject({ in: "", "../outside/precious.txt": "mine" });
    const t = task({ run: "mkdir -p a/out && echo x > a/out/x", inputs: ["in"], outputs: ["a/out/"] });
    await project.run({ t });
    rmSync(project.at("a"), { recursive: true });
    mkdirSync(project.at("../outside/out"));
    writeFileSync(project.at("../outside/out/precious.txt"), "mine");
    symlinkSync("../outside", project.at("a"));
    for (const force of [false, true]) {
      const run = await project.run({ t }, { force });
      expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["path-outside-project"]);
    }
    expect(readFileSync(project.at("../outside/out/precious.txt"), "utf8")).toBe("mine");
  });

  it("wipes a link, and not what it points to", async () => {
    const project = new TestProject({ in: "", "../outside/precious.txt": "mine" });
    symlinkSync("../outside", project.at("out"));
    const t = task({ run: "mkdir out && echo x > out/x", inputs: ["in"], outputs: ["out/"] });
    expect(outcomes(await project.run({ t }))).toEqual({ t: "ran" });
    expect(readdirSync(project.at("../outside"))).toEqual(["precious.txt"]);
    expect(lstatSync(project.at("out")).isDirectory()).toBe(true);
  });
});

describe("promise 3: a damaged cache", () => {
  function blobs(project: TestProject): string[] {
    return filesIn(project.at(".tidegate/cache/blobs"));
  }

  it.each<[string, (path: string) => void]>([
    ["is missing", (path) => rmSync(path)],
    [
      "has different content",
      (path) => {
        chmodSync(path, 0o644);
        writeFileSync(path, "evil");
      },
    ],
    [
      "is cut off",
      (path) => {
        chmodSync(path, 0o644);
        writeFileSync(path, "");
      },
    ],
  ])("makes the task run when a blob %s, and is mended by that", async (_, damage) => {
    const project = new TestProject(files);
    await project.run({ build });
    for (const path of blobs(project)) damage(path);
    rmSync(project.at("dist"), { recursive: true });
    const run = await project.run({ build });
    expect(reasons(run)).toEqual({ build: { reason: "damagedEntry", part: "output:dist/a.txt" } });
    expect(readFileSync(project.at("dist/a.txt"), "utf8")).toBe("one");
    rmSync(project.at("dist"), { recursive: true });
    expect(outcomes(await project.run({ build }))).toEqual({ build: "hit 1" });
  });

  it("makes the task run when its entry is damaged", async () => {
    const project = new TestProject(files);
    await project.run({ build });
    const [entry] = filesIn(project.at(".tidegate/cache/entries"));
    writeFileSync(entry!, readFileSync(entry!, "utf8").replace("420", "511"));
    const run = await project.run({ build });
    expect(reasons(run)).toEqual({ build: { reason: "damagedEntry", part: "entry" } });
    expect(outcomes(await project.run({ build }))).toEqual({ build: "hit" });
  });

  it("costs nothing but work when index, key, record or last fingerprint are damaged or gone", async () => {
    const project = new TestProject(files);
    await project.run({ build, test });
    for (const path of ["cache/index", "cache/last/build.json", "runs/1/run.json"])
      writeFileSync(project.at(`.tidegate/${path}`), "\0damaged");
    expect(outcomes(await project.run({ build, test }))).toEqual({ build: "hit", test: "hit" });
    writeFileSync(project.at(".tidegate/key"), "short");
    const environment = { PATH: process.env.PATH ?? "", LANG: "C" };
    expect((await project.run({ build, test }, { environment })).result.outcome).toBe("succeeded");
    rmSync(project.at(".tidegate"), { recursive: true });
    expect(outcomes(await project.run({ build, test }))).toEqual({ build: "ran", test: "ran" });
    expect(existsSync(project.at(".tidegate/.gitignore"))).toBe(true);
  });
});

const reporting = {
  run: `echo '<testsuite><testcase name="a"/></testsuite>' > r.xml`,
  reports: { junit: "r.xml" },
} as const;

describe("promise 1: a needed task that declares no outputs", () => {
  const check = task({ run: "true", inputs: ["lib.js"] });

  it.each([
    ["from the cache", check],
    ["that is never cached", task({ run: "true", inputs: ["lib.js"], cache: false })],
    ["that writes a report only", task({ ...reporting, inputs: ["lib.js"] })],
  ])("%s passes on what it read: who needs it reads that, too", async (_, need) => {
    const project = new TestProject({ "lib.js": "1", "app.js": "1" });
    const app = task({ run: "true", inputs: ["app.js"], needs: [need] });
    const further = task({ run: "true", inputs: ["app.js"], needs: [app] });
    await project.run({ need, app, further });
    expect(outcomes(await project.run({ need, app, further }))).toMatchObject({ app: "hit", further: "hit" });
    project.write("lib.js", "2");
    const changed = await project.run({ need, app, further });
    expect(outcomes(changed)).toMatchObject({ need: "ran", app: "ran", further: "ran" });
    expect(reasons(changed).app).toMatchObject({ reason: "changed", part: "reads:need" });
  });

  it("and no inputs passes on nothing: what it does is known to nobody", async () => {
    const project = new TestProject({ "app.js": "1" });
    const need = task({ run: "true" });
    const app = task({ run: "true", inputs: ["app.js"], needs: [need] });
    await project.run({ need, app });
    expect(outcomes(await project.run({ need, app }))).toEqual({ need: "ran", app: "hit" });
  });
});
