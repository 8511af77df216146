import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { putBackOutputs } from "../../src/run/put-back-outputs.ts";
import { requireProgram } from "../support/require.ts";
import { outcomes, processesIn, TestProject } from "./project.ts";

/** Everything that changes a name, a mode or a folder: a kill just before each of these is every state a kill can leave. */
const calls = [
  ...["rename", "link", "unlink", "unlinkat", "rmdir", "mkdir", "symlink"],
  ...["fchmod", "utimensat", "copy_file_range"],
];
const most = 100;
/** Every second point: each that is left out lies between two that are not. */
const stride = 2;

/**
 * Runs a script again and again, killed by the kernel at its first call of a kind, its second, and so on until it comes
 * through, for each kind of call. `prepare` makes the same state before each time; `check` looks at what a kill left.
 * Returns how often it was killed.
 */
async function killAtEach(
  context: TestContext,
  argv: readonly string[],
  prepare: () => Promise<void> | void,
  check: (at: string) => Promise<void>,
): Promise<number> {
  requireProgram(context, "strace", "strace");
  let kills = 0;
  for (const call of calls) {
    for (let at = 1, wasKilled = true; wasKilled && at <= most; at += stride) {
      await prepare();
      wasKilled = killAt(argv, call, at);
      await check(`${call} ${at}`);
      if (wasKilled) kills++;
    }
  }
  return kills;
}

/** Whether there was such a call. */
function killAt(argv: readonly string[], call: string, at: number): boolean {
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${at}`];
  const { signal } = spawnSync("strace", ["-qqq", "-o", "/dev/null", ...inject, "--", process.execPath, ...argv], {
    stdio: "ignore",
    env: { PATH: process.env.PATH, HOME: "/nonexistent" },
  });
  return signal === "SIGKILL";
}

const run =
  "mkdir -p out/empty && cp in out/a && cp in out/b && chmod 755 out/b && ln -s a out/link && cp in single && echo done";
const options = { run, inputs: ["in"], outputs: ["out/", "single"] } as const;
const pipeline = { t: task(options) };
const childRun = join(import.meta.dirname, "child-run.ts");

function projectWith(content: string): TestProject {
  const project = new TestProject({ in: content });
  project.write("pipeline.json", JSON.stringify({ t: options }));
  return project;
}

function expectRight(project: TestProject, content: string, at: string): void {
  const about = `killed at ${at}`;
  expect(readdirSync(project.at("out")).sort(), about).toEqual(["a", "b", "empty", "link"]);
  for (const path of ["out/a", "out/b", "out/link", "single"])
    expect(readFileSync(project.at(path), "utf8"), about).toBe(content);
  expect(processesIn(project.folder)).toEqual([]);
}

describe("promise 3: a kill at any point", { timeout: 300_000 }, () => {
  it("of a run that stores its first result leaves a state from which the next run is right", async (context) => {
    const project = projectWith("one");
    const kills = await killAtEach(
      context,
      [childRun, project.folder],
      () => {
        for (const name of [".tidegate", "out", "single"]) rmSync(project.at(name), { recursive: true, force: true });
      },
      async (at) => {
        expect((await project.run(pipeline)).result.outcome).toBe("succeeded");
        expectRight(project, "one", at);
        expect(outcomes(await project.run(pipeline))).toEqual({ t: "hit" });
      },
    );
    expect(kills).toBeGreaterThan(10 / stride);
  });

  it("of a run that replaces outputs leaves the old ones whole, or the new ones", async (context) => {
    const project = projectWith("two");
    const seen = new Set<string>();
    const kills = await killAtEach(
      context,
      [childRun, project.folder],
      () => {
        for (const name of [".tidegate", "out", "single"]) rmSync(project.at(name), { recursive: true, force: true });
        mkdirSync(project.at("out/empty"), { recursive: true });
        for (const path of ["out/a", "out/b", "single"]) project.write(path, "one");
        symlinkSync("a", project.at("out/link"));
      },
      async (at) => {
        await putBackOutputs(project.folder, project.at(".tidegate"));
        const content = readFileSync(project.at("single"), "utf8");
        seen.add(content);
        expectRight(project, content, at);
        expect((await project.run(pipeline)).result.outcome).toBe("succeeded");
        expectRight(project, "two", at);
        expect(readdirSync(project.at(".tidegate/node_modules/.aside"))).toEqual([]);
      },
    );
    expect(kills).toBeGreaterThan(10 / stride);
    expect(seen).toEqual(new Set(["one", "two"]));
  });

  it("of a restore leaves the old outputs, or the new ones, and what the next run sets right", async (context) => {
    const project = projectWith("one");
    await project.run(pipeline);
    const kills = await killAtEach(
      context,
      [childRun, project.folder],
      () => {
        rmSync(project.at("single"), { force: true });
        rmSync(project.at("out"), { recursive: true, force: true });
        mkdirSync(project.at("out/stale/deep"), { recursive: true });
        writeFileSync(project.at("out/a"), "two");
        symlinkSync("stale", project.at("out/link"));
      },
      async (at) => {
        await putBackOutputs(project.folder, project.at(".tidegate"));
        const isOld = existsSync(project.at("out/stale"));
        expect(readdirSync(project.at("out")).sort(), at).toEqual(
          isOld ? ["a", "link", "stale"] : ["a", "b", "empty", "link"],
        );
        expect(existsSync(project.at("single")), at).toBe(!isOld);
        expect((await project.run(pipeline)).result.outcome).toBe("succeeded");
        expectRight(project, "one", at);
      },
    );
    expect(kills).toBeGreaterThan(10 / stride);
  });

  it("of a staged run leaves nothing that the next one does not remove", async (context) => {
    const project = projectWith("one");
    const staged = { ...options, confine: "staged" } as const;
    project.write("pipeline.json", JSON.stringify({ t: staged }));
    const kills = await killAtEach(
      context,
      [childRun, project.folder],
      () => {
        for (const name of [".tidegate", "out", "single"]) rmSync(project.at(name), { recursive: true, force: true });
      },
      async (at) => {
        expect((await project.run({ t: task(staged) })).result.outcome).toBe("succeeded");
        expectRight(project, "one", at);
        const stages = project.at(".tidegate/stages");
        expect(existsSync(stages) ? readdirSync(stages) : []).toEqual([]);
        expect(readFileSync(project.at("in"), "utf8")).toBe("one");
      },
    );
    expect(kills).toBeGreaterThan(10 / stride);
  });

  it("of a collection leaves no entry without its bytes", async (context) => {
    const project = projectWith("");
    const collect = join(import.meta.dirname, "child-collect.ts");
    const kills = await killAtEach(
      context,
      [collect, project.folder],
      async () => {
        for (const content of ["one", "two", "three"]) {
          project.write("in", content);
          await project.run(pipeline);
        }
      },
      async (at) => {
        for (const content of ["one", "two", "three"]) {
          project.write("in", content);
          rmSync(project.at("single"), { force: true });
          const { result, events } = await project.run(pipeline);
          expect(result.outcome).toBe("succeeded");
          expectRight(project, content, at);
          const reasons = events.flatMap((event) => (event.type === "taskStarted" ? [event.reason.reason] : []));
          expect(reasons).not.toContain("damagedEntry");
        }
      },
    );
    expect(kills).toBeGreaterThan(3 / stride);
  });
});
