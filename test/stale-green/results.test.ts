import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { unavailable } from "../support/require.ts";
import { green, notKept, StaleProject } from "./support.ts";

/** What is kept, what is brought back, and what is said of it. */
const copy = `const copy = task({ run: "mkdir -p out && cp in out/a", inputs: ["in"], outputs: ["out/"] });`;

function filesBelow(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

describe("promise 1: 7: a failing task", () => {
  it("is never kept: it fails again until it succeeds", async () => {
    const project = new StaleProject(`const t = task({ run: "test -e allowed", inputs: [] });`);
    expect(await project.run()).toMatchObject({ code: 1, tasks: { t: "failed" } });
    expect(await project.run()).toMatchObject({ code: 1, tasks: { t: "failed" } });
    project.write({ allowed: "" });
    expect(await project.run()).toMatchObject(green({ t: "ran" }));
  });
});

describe("promise 1: 8: a success without the output it declares", () => {
  it("is a failure, and not kept", async () => {
    const project = new StaleProject(`const t = task({ run: "true", inputs: [], outputs: ["report.xml"] });`);
    project.write({ "report.xml": "from before" });
    for (const _ of [1, 2])
      expect(await project.run()).toMatchObject({ code: 1, tasks: { t: "failed" }, codes: ["task-output-missing"] });
  });
});

describe("promise 1: 9: an entry whose bytes are gone", () => {
  it.each<[string, (path: string) => void]>([
    ["removed", (path) => rmSync(path)],
    ["cut off", (path) => truncateSync(path, 1)],
    ["changed", (path) => writeFileSync(path, "EVIL")],
  ])("is no hit: the bytes were %s, so the task runs", async (_, damage) => {
    const project = new StaleProject(copy, { in: "good" });
    await project.run();
    for (const path of filesBelow(project.at(".tidegate/cache/blobs"))) {
      chmodSync(path, 0o644);
      damage(path);
    }
    rmSync(project.at("out"), { recursive: true });
    expect(await project.run()).toMatchObject(green({ copy: "ran" }));
    expect(project.read("out/a")).toBe("good");
    rmSync(project.at("out"), { recursive: true });
    expect(await project.run()).toMatchObject(green({ copy: "hit" }));
    expect(project.read("out/a")).toBe("good");
  });

  it("is no hit when the entry itself is damaged", async () => {
    const project = new StaleProject(copy, { in: "good" });
    await project.run();
    for (const path of filesBelow(project.at(".tidegate/cache/entries")))
      writeFileSync(path, readFileSync(path, "utf8").replace("out/a", "out/b"));
    rmSync(project.at("out"), { recursive: true });
    expect(await project.run()).toMatchObject(green({ copy: "ran" }));
    expect(readdirSync(project.at("out"))).toEqual(["a"]);
  });
});

describe("promise 1: 10: files of an earlier result", () => {
  it("do not survive a restore, nor a run", async () => {
    const project = new StaleProject(copy, { in: "one" });
    await project.run();
    project.write({ "out/stale.js": "old", "out/deep/stale.js": "old" });
    expect(await project.run()).toMatchObject(green({ copy: "hit" }));
    expect(readdirSync(project.at("out"))).toEqual(["a"]);
    project.write({ "out/stale.js": "old", in: "two" });
    expect(await project.run()).toMatchObject(green({ copy: "ran" }));
    expect(readdirSync(project.at("out"))).toEqual(["a"]);
  });
});

describe("promise 1: 20: a run that fails", () => {
  it("keeps what succeeded before: a flaky suite does not make the build run again", async () => {
    const project = new StaleProject(
      `${copy}
const flaky = task({ run: "test -e lucky", needs: [copy], inputs: [] });`,
      { in: "" },
    );
    expect(await project.run()).toMatchObject({ code: 1, tasks: { copy: "ran", flaky: "failed" } });
    project.write({ lucky: "" });
    expect(await project.run()).toMatchObject(green({ copy: "hit", flaky: "ran" }));
  });
});

describe("promise 1: 21: a result that could not be stored", () => {
  it("is said not to be, and the task runs again", async (context) => {
    const project = new StaleProject(
      `const big = task({ run: "head -c 4000000 /dev/urandom > out.bin", inputs: [], outputs: ["out.bin"] });`,
    );
    mkdirSync(project.at(".tidegate/cache/blobs"), { recursive: true });
    const problem = mountSmall(project.at(".tidegate/cache/blobs"));
    if (problem !== undefined) return unavailable(context, problem);
    const full = await project.run();
    expect(full).toMatchObject({ code: 0, tasks: { big: "ran" } });
    expect(notKept(full, "big")).toBe("storeFailed");
    expect((await project.cli(["run"])).stderr).toContain("not cached: the result could not be stored");
  });
});

describe("promise 1: 22: a cache that grows", () => {
  it("stays within its limits by itself, and keeps what is in use", async () => {
    const project = new StaleProject(
      `const grow = task({ run: "head -c 400000 /dev/zero | tr '\\\\0' a > out.bin && cat in >> out.bin", inputs: ["in"], outputs: ["out.bin"] });`,
      { in: "0" },
    );
    project.redefine('name: "scripts",', 'name: "scripts", cache: { maxSize: "1MB", maxAge: "1d" },');
    for (let turn = 0; turn < 5; turn++) {
      project.write({ in: String(turn) });
      expect(await project.run()).toMatchObject(green({ grow: "ran" }));
    }
    expect(sizeOf(project)).toBeGreaterThan(1_500_000);
    // As if the last collection were a day ago.
    project.write({ ".tidegate/cache/tidied.json": '{"at":1,"bytes":0}', in: "last" });
    await project.run();
    expect(sizeOf(project)).toBeLessThan(1_000_000);
    rmSync(project.at("out.bin"));
    expect(await project.run()).toMatchObject(green({ grow: "hit" }));
    expect(project.read("out.bin").endsWith("alast")).toBe(true);
  });
});

function sizeOf(project: StaleProject): number {
  return filesBelow(project.at(".tidegate/cache/blobs")).reduce((sum, path) => sum + statSync(path).size, 0);
}

/** A disk that is full after a megabyte; why not, when there is none. */
function mountSmall(folder: string): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: ["ignore", "ignore", "pipe"] });
    onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
    return undefined;
  } catch (error) {
    return `nothing can be mounted: ${(error as Error).message}`;
  }
}
