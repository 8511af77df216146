import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { because, defineProject, secret, task } from "../../src/definition/builders.ts";
import { failuresOf, outcomes, TestProject, type Watched } from "./project.ts";

function cacheOf({ result }: Watched, name: string) {
  const outcome = result.tasks[name]!.record.result;
  return "cache" in outcome ? outcome.cache : undefined;
}

/** A shell command for a task, and where it writes. */
const writes = (script: string, outputs: readonly string[], more = {}) =>
  task({ run: ["sh", "-c", script], inputs: [], outputs, ...more });

const can = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

describe("outputs behind a link of the project", () => {
  it.each([
    [".git", "g/hooks/", "g/hooks"],
    [".tidegate", "g/cache/", "g/cache"],
    ["node_modules", "g/.bin/tool", "g/.bin"],
    [".git", "g/hooks/*", "g/hooks"],
  ])("to %s (%s) are refused before anything is touched", async (target, output, folder) => {
    const project = new TestProject();
    mkdirSync(project.at(target), { recursive: true });
    symlinkSync(target, project.at("g"));
    project.write(`${folder}/tool`, "as it was");
    const run = await project.run({ t: writes(`mkdir -p ${folder}; echo planted > ${folder}/tool`, [output]) });
    expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["output-reserved"]);
    expect(readFileSync(project.at(`${folder}/tool`), "utf8")).toBe("as it was");
  });

  it("that the command itself makes are refused afterwards, and not kept", async () => {
    const project = new TestProject({ ".git/hooks/tool": "as it was" });
    const run = await project.run({ t: writes("ln -s .git g", ["g/hooks/"]) });
    expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["output-reserved"]);
    expect(readFileSync(project.at(".git/hooks/tool"), "utf8")).toBe("as it was");
  });

  it("are what they really are to git: what it tracks is not removed", async () => {
    const project = new TestProject({ "src/a.js": "written by hand" });
    symlinkSync("src", project.at("s"));
    for (const args of [
      ["init", "-q"],
      ["add", "src"],
    ])
      spawnSync("git", args, { cwd: project.folder });
    const run = await project.run({ t: writes("echo new > s/a.js", ["s/*.js"]) });
    expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["output-tracked"]);
    expect(readFileSync(project.at("src/a.js"), "utf8")).toBe("written by hand");
  });

  it.each(["declared", "staged"] as const)(
    "are refused also when the link stands on the way to one of a glob (%s)",
    async (confine) => {
      const project = new TestProject();
      spawnSync("git", ["init", "-q"], { cwd: project.folder });
      for (const path of [".git/hooks/tool", "../outside/tool"]) project.write(path, "as it was");
      const t = writes("mkdir -p out/g; echo planted > out/g/tool", ["out/*/tool"], { confine });
      expect(outcomes(await project.run({ t }))).toEqual({ t: "ran" });
      for (const target of [".git/hooks", "../outside"]) {
        rmSync(project.at("out/g"), { recursive: true, force: true });
        symlinkSync(`../${target}`, project.at("out/g"));
        for (const force of confine === "staged" ? [false, true] : [false]) {
          const run = await project.run({ t }, { force });
          expect(failuresOf(run, "t").map(({ code }) => code)).toEqual([
            target === ".git/hooks" ? "output-reserved" : "path-outside-project",
          ]);
        }
        expect(readFileSync(project.at(`${target}/tool`), "utf8")).toBe("as it was");
      }
    },
  );

  it("to what is the task's own are as good as others", async () => {
    const project = new TestProject({ "real/keep": "" });
    symlinkSync("real", project.at("way"));
    const pipeline = { t: writes("echo 1 > way/a", ["way/a"]) };
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "ran" });
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "hit" });
  });
});

describe("what is nobody's output", () => {
  it("is neither removed nor kept because a pattern means it by chance, which is told", async () => {
    const project = new TestProject({ ".env": "TOKEN=1", "conf/.env.local": "TOKEN=2" });
    const run = await project.run({
      top: writes("echo 1 > a", ["*"]),
      conf: writes("echo 1 > conf/a", ["conf/**/*"]),
    });
    expect(outcomes(run)).toEqual({ top: "ran", conf: "ran" });
    expect(cacheOf(run, "top")).toMatchObject({
      stored: false,
      detail: expect.stringContaining("The output .env holds variables"),
    });
    expect(cacheOf(run, "conf")).toMatchObject({ stored: false, detail: expect.stringContaining("conf/.env.local") });
    expect(readFileSync(project.at(".env"), "utf8")).toBe("TOKEN=1");
    expect(readFileSync(project.at("conf/.env.local"), "utf8")).toBe("TOKEN=2");
  });

  it.each(["var/", "var/state/tidegate/x/", "var/state/tidegate/*/state.db"])(
    "is a state folder in the project, for %s",
    async (output) => {
      const project = new TestProject({ "var/state/tidegate/x/state.db": "what serves" });
      const environment = { PATH: process.env.PATH ?? "", XDG_STATE_HOME: project.at("var/state") };
      const run = await project.run({ t: writes("true", [output]) }, { environment });
      expect(failuresOf(run, "t").map(({ code }) => code)).toEqual(["output-reserved"]);
      expect(readFileSync(project.at("var/state/tidegate/x/state.db"), "utf8")).toBe("what serves");
    },
  );

  it("is a task's whose definition names exactly it and says why", async () => {
    const project = new TestProject();
    const outputs = [".env", "dist/", "dist/.env"];
    const script = "mkdir -p dist; echo A=1 | tee .env > dist/.env";
    const refused = await project.attempt({ t: writes(script, outputs) });
    expect(refused.ok || refused.failures.map(({ message }) => message)).toEqual([
      '".env" holds variables of this machine: only a task that says why may have it as an output',
      '"dist/.env" holds variables of this machine: only a task that says why may have it as an output',
    ]);
    const pipeline = { t: because(writes(script, outputs), "the server reads it") };
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "ran" });
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "hit" });
  });

  it.each([".git/hooks/pre-commit", "vendor/.git/", ".tidegate/x", "node_modules/.bin/*"])(
    "is never %s",
    async (output) => {
      const attempt = await new TestProject().attempt({ t: because(writes("true", [output]), "it is meant so") });
      expect(attempt.ok || attempt.failures.map(({ code, message }) => `${code} ${message}`)).toEqual([
        `invalid-definition "${output}" cannot be an output`,
      ]);
    },
  );
});

describe("rights beyond those of a file's user", () => {
  it("are taken from outputs, so that a run leaves what its hit restores", async () => {
    const project = new TestProject();
    const pipeline = { t: writes("mkdir -p out/d; echo 1 > out/p; chmod 6755 out/p; chmod 3777 out/d", ["out/"]) };
    const modes = () => ["out/p", "out/d"].map((path) => (lstatSync(project.at(path)).mode & 0o7777).toString(8));
    await project.run(pipeline);
    expect(modes()).toEqual(["755", "777"]);
    chmodSync(project.at("out/p"), 0o700);
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "hit" });
    expect(modes()).toEqual(["755", "777"]);
  });

  it("are taken also when they are capabilities", async ({ skip }) => {
    const project = new TestProject({ probe: "" });
    skip(!can("setcap", "cap_net_raw+ep", project.at("probe")), "capabilities cannot be given here");
    const script = "mkdir -p out; cp /bin/true out/p; setcap cap_net_raw+ep out/p";
    const run = await project.run({ t: writes(script, ["out/"]) });
    expect(cacheOf(run, "t")).toMatchObject({ stored: true });
    expect(spawnSync("getcap", [project.at("out/p")], { encoding: "utf8" }).stdout).toBe("");
  });
});

describe("outputs that are links", () => {
  it("are kept as they are written, and those that lead out of the project are told", async () => {
    const project = new TestProject();
    const run = await project.run({
      out: writes("mkdir -p out; ln -s /bin/sh out/sh", ["out/"]),
      inside: writes("mkdir -p in; echo 1 > in/a; ln -s a in/b", ["in/"]),
    });
    expect(cacheOf(run, "out")).toMatchObject({ stored: true, leadsOut: { path: "out/sh", target: "/bin/sh" } });
    expect(cacheOf(run, "inside")).not.toHaveProperty("leadsOut");
    expect(readlinkSync(project.at("out/sh"))).toBe("/bin/sh");
  });
});

describe("a report that is a link", () => {
  it("is read without the secrets that stand in the file behind it", async () => {
    const project = new TestProject();
    const value = "correct-horse-battery-staple";
    const script = `mkdir -p raw out; echo "<testsuite><testcase name='a'><failure message='$KEY'/></testcase></testsuite>" > raw/r.xml; ln -s ../raw/r.xml out/r.xml`;
    const t = task({ run: ["sh", "-c", script], inputs: [], env: ["KEY"], reports: { junit: "out/r.xml" } });
    const definition = defineProject({
      name: "test",
      pipeline: { t },
      services: {},
      config: { KEY: secret(z.string()) },
      environments: {},
    });
    const environment = { PATH: process.env.PATH ?? "", HOME: project.folder, KEY: value };
    const run = await project.run({ t }, { project: definition, environment });
    expect(failuresOf(run, "t")[0]!.cause).toMatch(/^✗ a/);
    expect(JSON.stringify(run)).not.toContain(value);
    expect(readFileSync(project.at("out/r.xml"), "utf8")).not.toContain(value);
  });
});

describe("outputs whose names are not UTF-8", () => {
  const named = (folder: string) =>
    `mkdir -p ${folder}; echo 1 > ${folder}/a.txt; echo 2 > "${folder}/$(printf 'b\\377.txt')"`;

  it.each([
    ["a folder", "out/"],
    ["a glob", "out/*.txt"],
  ])("in %s are not missing from a cached result: it is not kept, which is said", async (_, output) => {
    const project = new TestProject();
    const pipeline = { t: writes(named("out"), [output]) };
    for (const _run of [1, 2]) {
      const run = await project.run(pipeline);
      expect(outcomes(run)).toEqual({ t: "ran" });
      expect(cacheOf(run, "t")).toMatchObject({
        stored: false,
        detail: String.raw`The output out/b\xff.txt has a name that is not UTF-8`,
      });
      expect(readdirSync(project.at("out"))).toHaveLength(2);
    }
    // Another result comes in their place.
    const other = { t: writes("mkdir -p out; echo 3 > out/a.txt", [output]) };
    expect(outcomes(await project.run(other))).toEqual({ t: "ran" });
    expect(readdirSync(project.at("out"))).toEqual(["a.txt"]);
    await project.run(pipeline);
    expect(outcomes(await project.run(other))).toEqual({ t: "hit 1" });
    expect(readdirSync(project.at("out"))).toEqual(["a.txt"]);
  });

  it("are brought back from a confined task", async () => {
    const project = new TestProject();
    await project.run({ t: writes(named("out"), ["out/*.txt"], { confine: "staged" }) });
    expect(readdirSync(project.at("out"))).toHaveLength(2);
  });
});

describe("the packages of a workspace", () => {
  it("are outputs wherever the package manager puts them, and come back where they were", async () => {
    const project = new TestProject({ "packages/a/package.json": "{}", "packages/b/package.json": "{}" });
    const install = (run: string) => ({
      install: writes(run, ["node_modules/", "packages/*/node_modules/", "tools/node_modules/"]),
    });
    const run = "mkdir -p node_modules/x packages/b/node_modules/y; touch node_modules/x/1 packages/b/node_modules/y/2";
    expect(outcomes(await project.run(install(run)))).toEqual({ install: "ran" });
    rmSync(project.at("packages/b/node_modules"), { recursive: true });
    project.write("packages/a/node_modules/stale", "");
    expect(outcomes(await project.run(install(run)))).toEqual({ install: "hit 1" });
    expect(existsSync(project.at("packages/b/node_modules/y/2"))).toBe(true);
    expect(existsSync(project.at("packages/a/node_modules/stale"))).toBe(false);
    const nothing = await project.run(install("true"));
    expect(failuresOf(nothing, "install")[0]!.code).toBe("task-output-missing");
  });
});

describe("outputs that the system cannot handle", () => {
  it("fail their task alone, in this run and in the next", async () => {
    const project = new TestProject();
    // A name of 200 signs: a few dozen of them are longer than a path may be.
    const script =
      "name=$(printf 'd%.0s' $(seq 200)); mkdir -p deep; cd deep; for i in $(seq 30); do mkdir $name; cd -P $name; done";
    const pipeline = {
      deep: task({ run: ["bash", "-c", script], inputs: [], outputs: ["deep/"] }),
      other: writes("echo 1 > a", ["a"]),
    };
    const first = await project.run(pipeline);
    expect(outcomes(first)).toEqual({ deep: "failed", other: "ran" });
    expect(failuresOf(first, "deep").map(({ code }) => code)).toEqual(["output-unusable"]);
    expect(outcomes(await project.run(pipeline))).toEqual({ deep: "failed", other: "hit" });
    const mended = { deep: writes("mkdir deep; echo 1 > deep/a", ["deep/"]) };
    expect(outcomes(await project.run(mended))).toEqual({ deep: "ran" });
  });

  it("stand in nobody's way when nobody may remove them", async ({ skip }) => {
    const project = new TestProject({ probe: "" });
    skip(!can("chattr", "+i", project.at("probe")), "files cannot be made immutable here");
    onTestFinished(() => void spawnSync("chattr", ["-R", "-i", project.folder]));
    spawnSync("chattr", ["-i", project.at("probe")]);
    const fixed = writes("mkdir -p fixed; echo 1 > fixed/a; chattr +i fixed/a", ["fixed/"], { cache: false });
    const pipeline = { fixed, other: writes("echo 1 > a", ["a"]) };
    expect(outcomes(await project.run(pipeline))).toEqual({ fixed: "ran", other: "ran" });
    expect(outcomes(await project.run(pipeline))).toEqual({ fixed: "ran", other: "hit" });
    spawnSync("chattr", ["-R", "-i", project.folder]);
    expect(existsSync(project.at("fixed/a"))).toBe(true);
    expect(outcomes(await project.run(pipeline))).toEqual({ fixed: "ran", other: "hit" });
    expect(readdirSync(project.at(".tidegate/node_modules/.aside"))).toEqual([]);
  });
});
