import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { putBackLeft } from "../../src/cache/outputs/put-back.ts";
import { SetAside } from "../../src/cache/outputs/set-aside.ts";
import { task } from "../../src/definition/builders.ts";
import { parsePattern } from "../../src/graph/patterns/pattern.ts";
import { putBackOutputs } from "../../src/run/put-back-outputs.ts";
import { failuresOf, outcomes, TestProject } from "./project.ts";

/** Writes `out/` and a file of its own, and fails when the input says so. */
const run =
  'test ! -e out && test ! -e single && mkdir -p out && cp in out/new && cp in single && test "$(cat in)" != bad';
const options = { run, inputs: ["in"], outputs: ["out/", "single"] } as const;
const pipeline = { t: task(options) };

async function projectWithOutputs(): Promise<TestProject> {
  const project = new TestProject({ in: "good" });
  expect(outcomes(await project.run(pipeline))).toEqual({ t: "ran" });
  return project;
}

function look(project: TestProject): Record<string, string | undefined> {
  const read = (path: string) => (existsSync(project.at(path)) ? readFileSync(project.at(path), "utf8") : undefined);
  return { out: read("out/new"), single: read("single") };
}

const asideFolder = ".tidegate/node_modules/.aside";

function left(project: TestProject): string[] {
  return existsSync(project.at(asideFolder)) ? readdirSync(project.at(asideFolder)) : [];
}

describe("outputs that were there", () => {
  it("are back when the task fails, which says where the new ones are", async () => {
    const project = await projectWithOutputs();
    project.write("in", "bad");
    const failed = await project.run(pipeline);
    expect(outcomes(failed)).toEqual({ t: "failed" });
    expect(look(project)).toEqual({ out: "good", single: "good" });
    expect(failuresOf(failed, "t")[0]!.hint).toContain(".tidegate/node_modules/.failed/t/");
    expect(readFileSync(project.at(".tidegate/node_modules/.failed/t/out/new"), "utf8")).toBe("bad");
    expect(left(project)).toEqual([]);
    project.write("in", "good");
    expect(outcomes(await project.run(pipeline))).toEqual({ t: "hit" });
  });

  it("are never seen by the task, also when it is tried again, and are gone when it succeeds", async () => {
    const project = await projectWithOutputs();
    const second = { t: task({ ...options, run: `${run} && test -e tried || { touch tried; exit 1; }`, retry: 1 }) };
    project.write("in", "better");
    expect(outcomes(await project.run(second))).toEqual({ t: "ran" });
    expect(look(project)).toEqual({ out: "better", single: "better" });
    expect(left(project)).toEqual([]);
    expect(existsSync(project.at(".tidegate/node_modules/.failed/t"))).toBe(false);
  });

  it("may have been in a folder where the new output is a file, and the other way round", async () => {
    const project = new TestProject({ in: "folder" });
    const run = "mkdir -p out; if grep -q folder in; then mkdir -p out/a; cp in out/a/x; else cp in out/a; fi";
    const pipeline = { t: task({ run, inputs: ["in"], outputs: ["out/**"] }) };
    for (const content of ["folder", "file", "folder again", "file", "folder"]) {
      project.write("in", content);
      expect(failuresOf(await project.run(pipeline), "t")).toEqual([]);
      const place = content.startsWith("folder") ? "out/a/x" : "out/a";
      expect(readFileSync(project.at(place), "utf8")).toBe(content);
    }
    expect(left(project)).toEqual([]);
  });

  it("are back when the run is cancelled, and when the task takes too long", async () => {
    const project = await projectWithOutputs();
    const stop = new AbortController();
    const slow = task({ ...options, run: `mkdir out; echo half > out/new; echo started; sleep 60` });
    const cancelled = await project.run(
      { t: slow },
      { signal: stop.signal, emit: (event) => event.type === "taskOutput" && stop.abort() },
    );
    expect(outcomes(cancelled)).toEqual({ t: "cancelled" });
    expect(look(project)).toEqual({ out: "good", single: "good" });
    expect(existsSync(project.at(".tidegate/node_modules/.failed"))).toBe(false);
    const limited = await project.run({ t: task({ ...options, run: "mkdir out; sleep 60", timeout: "1s" }) });
    expect(failuresOf(limited, "t")[0]!.code).toBe("task-timeout");
    expect(look(project)).toEqual({ out: "good", single: "good" });
    expect(left(project)).toEqual([]);
  });

  it("are back when the command succeeds without writing all of them, and when it puts a link in their way", async () => {
    const project = await projectWithOutputs();
    const half = task({ ...options, run: "mkdir out; echo half > out/new" });
    expect(outcomes(await project.run({ t: half }))).toEqual({ t: "failed" });
    expect(look(project)).toEqual({ out: "good", single: "good" });
    const elsewhere = new TestProject({ "kept/new": "theirs" });
    const nested = { run: "mkdir -p a/out; echo 1 > a/out/x", inputs: [], outputs: ["a/out/"] };
    await project.run({ nested: task(nested) });
    const link = task({ ...nested, run: `rm -r a; ln -s ${elsewhere.folder} a; exit 1` });
    mkdirSync(elsewhere.at("out"));
    expect(outcomes(await project.run({ nested: link }))).toEqual({ nested: "failed" });
    expect(readdirSync(elsewhere.folder).sort()).toEqual(["kept", "out"]);
    expect(readdirSync(elsewhere.at("out"))).toEqual([]);
  });

  it("are put back whatever they are: nested ones, links, read-only folders, globs, names that are not UTF-8", async () => {
    const project = new TestProject({ in: "good" });
    const odd = {
      run: [
        "bash",
        "-c",
        "mkdir -p d/a l; echo 1 > d/a/x; echo 2 > d/y; ln -s ../in l/link; chmod 555 d/a d; mkdir g; echo 3 > g/a.txt; echo 4 > $'g/b\\xff.txt'",
      ],
      inputs: ["in"],
      outputs: ["d/", "d/a/", "l/link", "g/*.txt"],
    } as const;
    onTestFinished(() => void spawnSync("chmod", ["-R", "u+w", project.folder]));
    await project.run({ t: task(odd) });
    project.write("g/mine", "mine");
    const bad = { ...odd, run: "mkdir -p d/a g; echo no > d/y; echo no > g/c.txt; exit 1" };
    expect(outcomes(await project.run({ t: task(bad) }))).toEqual({ t: "failed" });
    expect(readFileSync(project.at("d/a/x"), "utf8")).toBe("1\n");
    expect(readFileSync(project.at("d/y"), "utf8")).toBe("2\n");
    expect(statSync(project.at("d")).mode & 0o777).toBe(0o555);
    expect(readFileSync(project.at("l/link"), "utf8")).toBe("good");
    expect(readdirSync(project.at("g")).length).toBe(3);
    expect(readFileSync(project.at("g/mine"), "utf8")).toBe("mine");
  });

  it("are where no tool that walks the project finds sources, while the task runs and after it failed", async () => {
    const project = new TestProject({ in: "1" });
    const walk = "find . -name node_modules -prune -o -name '*.js' -print";
    const options = { inputs: ["in"], outputs: ["out/", "found"] } as const;
    const write = (then: string) => task({ ...options, run: `${walk} > found; mkdir out; cp in out/a.js; ${then}` });
    await project.run({ t: write("true") });
    project.write("in", "2");
    await project.run({ t: write("true") });
    expect(readFileSync(project.at("found"), "utf8")).toBe("");
    project.write("in", "3");
    expect(outcomes(await project.run({ t: write("exit 1") }))).toEqual({ t: "failed" });
    await project.run({ walk: task({ run: `${walk} > found2`, inputs: ["in"], outputs: ["found2"] }) });
    expect(readFileSync(project.at("found2"), "utf8")).toBe("./out/a.js\n");
  });

  it("are gone where the new ones tell of a failure: reports, and what others go on with all the same", async () => {
    const project = new TestProject({ in: "good" });
    const junit = "r/junit.xml";
    const report = (failures: number) =>
      `mkdir r o && echo '<testsuite name="s" tests="1" failures="${failures}"><testcase name="c"/></testsuite>' > ${junit} && echo ${failures} > o/x && exit ${failures}`;
    const tests = (failures: number) =>
      task({ run: report(failures), inputs: ["in"], outputs: ["r/", "o/"], reports: { junit } });
    await project.run({ t: tests(0) });
    await project.run({ t: tests(1) });
    expect(readFileSync(project.at(junit), "utf8")).toContain('failures="1"');
    expect(readFileSync(project.at("o/x"), "utf8")).toBe("0\n");
    const good = await projectWithOutputs();
    good.write("in", "bad");
    await good.run({ t: task({ ...options, allowFailure: true }) });
    expect(look(good)).toEqual({ out: "bad", single: "bad" });
    const watched = await projectWithOutputs();
    watched.write("in", "bad");
    const t = task(options);
    await watched.run({ t, after: task({ run: "cp out/new seen", needs: [t], always: true }) });
    expect(readFileSync(watched.at("seen"), "utf8")).toBe("bad");
  });
});

describe("what stands aside", () => {
  const claims = (...texts: string[]) =>
    texts.map((text) => {
      const parsed = parsePattern(text);
      if (!parsed.ok) throw new Error(text);
      return { pattern: parsed.pattern, path: [] };
    });
  const tmpfs = (folder: string): boolean => {
    mkdirSync(folder, { recursive: true });
    onTestFinished(() => void spawnSync("umount", [folder]));
    return spawnSync("mount", ["-t", "tmpfs", "none", folder]).status === 0;
  };

  it("is beside its place when that is on another disk, and leaves nothing there", async ({ skip }) => {
    const project = new TestProject();
    skip(!tmpfs(project.at("disk")), "only root can mount here");
    project.write("disk/out/a", "old");
    const back = new SetAside(project.at(asideFolder), project.folder);
    back.take(claims("disk/out/"));
    expect(readdirSync(project.at("disk"))).toEqual([".tidegate"]);
    project.write("disk/out/b", "new");
    back.putBack();
    expect(readdirSync(project.at("disk/out"))).toEqual(["a"]);
    const gone = new SetAside(project.at(asideFolder), project.folder);
    gone.take(claims("disk/out/"));
    await gone.discard();
    expect(readdirSync(project.at("disk"))).toEqual([]);
  });

  it("is a copy when the output itself is a disk of its own; a disk within an output is nobody's", async ({ skip }) => {
    const project = new TestProject({ in: "good" });
    skip(!tmpfs(project.at("out")), "only root can mount here");
    const mounted = { run: "cp in out/new", inputs: ["in"], outputs: ["out/"] } as const;
    await project.run({ t: task(mounted) });
    project.write("in", "bad");
    await project.run({ t: task({ ...mounted, run: "test ! -e out/new && echo half > out/half; exit 1" }) });
    expect(readdirSync(project.at("out"))).toEqual(["new"]);
    await project.run({ t: task(mounted) });
    expect(readFileSync(project.at("out/new"), "utf8")).toBe("bad");
    const other = new TestProject({ "out/a": "old" });
    tmpfs(other.at("out/disk"));
    other.write("out/disk/mine", "mine");
    const refused = await other.run({ t: task({ run: "true", inputs: [], outputs: ["out/"] }) });
    expect(failuresOf(refused, "t")[0]!.code).toBe("output-unusable");
    expect(readFileSync(other.at("out/disk/mine"), "utf8")).toBe("mine");
  });

  it("is left alone by others as long as its owner lives", () => {
    const project = new TestProject({ "out/a": "old" });
    const aside = new SetAside(project.at(asideFolder), project.folder);
    aside.take(claims("out/"));
    expect(putBackLeft(project.at(asideFolder), project.folder)).toEqual([]);
    expect(existsSync(project.at("out"))).toBe(false);
    aside.putBack();
    expect(readFileSync(project.at("out/a"), "utf8")).toBe("old");
  });

  it("of a run of an older version comes back, too", async () => {
    const project = new TestProject({ "dist/new": "half", ".tidegate/failed/t/a.js": "" });
    leftBehind(project, { dist: "old" }, ".tidegate/aside");
    await putBackOutputs(project.folder, project.at(".tidegate"));
    expect(readdirSync(project.at("dist"))).toEqual(["old"]);
    await project.run({});
    expect(existsSync(project.at(".tidegate/failed"))).toBe(false);
  });

  it("of a run that is gone does not come back over what the running program was installed into", () => {
    const project = new TestProject({ "node_modules/tool/new": "new", "dist/new": "half" });
    leftBehind(project, { node_modules: "old", dist: "old" });
    const program = project.at("node_modules/tool");
    expect(putBackLeft(project.at(asideFolder), project.folder, program)).toEqual(["dist"]);
    expect(readdirSync(project.at("node_modules"))).toEqual(["tool"]);
    expect(readdirSync(project.at("dist"))).toEqual(["old"]);
    expect(left(project)).toEqual([]);
  });

  it("is waste when its note is damaged, and nothing when its note leads out of the project", () => {
    const project = new TestProject();
    leftBehind(project, { "../elsewhere": "old" });
    writeFileSync(project.at(`${asideFolder}/2.x.json`), "{");
    mkdirSync(project.at(`${asideFolder}/2.x`));
    expect(putBackLeft(project.at(asideFolder), project.folder)).toEqual([]);
    expect(existsSync(project.at("../elsewhere"))).toBe(false);
    expect(left(project)).toEqual([]);
  });

  /** As a run leaves it that was killed: folders with a file each. */
  function leftBehind(project: TestProject, folders: Readonly<Record<string, string>>, aside = asideFolder): void {
    const items = Object.keys(folders).map((path) => ({ path }));
    const note = { owner: { pid: 2 ** 22 - 1, started: "long ago" }, items };
    project.write(`${aside}/1.x.json`, JSON.stringify(note));
    for (const [at, file] of Object.values(folders).entries()) project.write(`${aside}/1.x/${at}/${file}`, "");
  }
});
