import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { listRuns, readRun } from "../../src/cache/runs/run-record.ts";
import { task } from "../../src/definition/builders.ts";
import { endLeftovers } from "../../src/runner/leftovers.ts";
import { failuresOf, outcomes, processesIn, TestProject } from "./project.ts";

interface Line {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** A run in a process of its own. */
class ChildRun {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #isEnded = false;
  #look: () => void = () => undefined;

  constructor(folder: string, prefix: readonly string[] = []) {
    const script = join(import.meta.dirname, "child-run.ts");
    const [file = process.execPath, ...args] = [...prefix, process.execPath, script, folder];
    const environment = { PATH: process.env.PATH ?? "", HOME: folder };
    this.child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], env: environment });
    const reader = createInterface({ input: this.child.stdout! });
    reader.on("line", (line) => {
      this.lines.push(JSON.parse(line) as Line);
      this.#look();
    });
    this.#closed = Promise.all([once(reader, "close"), once(this.child, "exit")]).then(() => {
      this.#isEnded = true;
      this.#look();
    });
    onTestFinished(() => void this.child.kill("SIGKILL"));
  }

  /** Resolves when a line of that kind was printed; also when there will be none. */
  async saw(type: string, text?: string): Promise<void> {
    const isThere = () => this.lines.some((line) => line.type === type && (text === undefined || line.text === text));
    while (!isThere() && !this.#isEnded) await new Promise<void>((resolve) => (this.#look = resolve));
  }

  async end(): Promise<Line> {
    await this.#closed;
    return this.lines.at(-1)!;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#closed;
  }
}

function describeIn(project: TestProject, pipeline: object): void {
  project.write("pipeline.json", JSON.stringify(pipeline));
}

describe("a killed run", () => {
  const waiting = { run: "echo started; exec sleep 1000", inputs: ["in"], outputs: ["out/"] };

  it("leaves tasks that the next run ends before it begins", async () => {
    const project = new TestProject({ in: "" });
    describeIn(project, { t: waiting });
    const killed = new ChildRun(project.folder);
    await killed.saw("taskOutput", "started");
    await killed.kill();
    expect(processesIn(project.folder)).toHaveLength(1);
    const run = await project.run({ t: task({ run: "mkdir out", inputs: ["in"], outputs: ["out/"] }) });
    expect(processesIn(project.folder)).toEqual([]);
    expect(outcomes(run)).toEqual({ t: "ran" });
    const record = readRun(project.at(".tidegate"), "1");
    expect(record.ok && record.value).toMatchObject({ run: "1", tasks: { t: { result: { result: "open" } } } });
    expect(record.ok && record.value.outcome).toBeUndefined();
  });

  it("leaves tasks that can be ended without running anything, while those of a living run are left alone", async () => {
    const project = new TestProject({ in: "" });
    describeIn(project, { t: waiting });
    const living = new ChildRun(project.folder);
    await living.saw("taskOutput", "started");
    expect(await endLeftovers(project.at(".tidegate"))).toBe(0);
    expect(processesIn(project.folder)).toHaveLength(1);
    await living.kill();
    expect(await endLeftovers(project.at(".tidegate"))).toBe(1);
    expect(processesIn(project.folder)).toEqual([]);
    expect(await endLeftovers(project.at(".tidegate"))).toBe(0);
  });

  it("never makes anybody end a process that only has the number of an old one", async () => {
    const project = new TestProject({ in: "" });
    const innocent = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void innocent.kill("SIGKILL"));
    const gone = { pid: 2 ** 22 + 1, started: "1" };
    const mark = `TIDEGATE_TASK_${"0".repeat(16)}=1/t`;
    const root = { pid: innocent.pid!, started: "1" };
    mkdirSync(project.at(".tidegate/running"), { recursive: true });
    writeFileSync(project.at(".tidegate/running/1.t.json"), JSON.stringify({ owner: gone, root, mark }));
    writeFileSync(project.at(".tidegate/running/2.t.json"), "{damaged");
    writeFileSync(
      project.at(".tidegate/running/3.t.json"),
      JSON.stringify({ owner: gone, root: { pid: 1, started: "1" }, mark }),
    );
    await endLeftovers(project.at(".tidegate"));
    expect(innocent.exitCode ?? innocent.signalCode).toBeNull();
    expect(existsSync(`/proc/${innocent.pid}`)).toBe(true);
    expect(readdirSync(project.at(".tidegate/running"))).toEqual([]);
  });

  it("at any moment leaves nothing that later runs take for a result", async () => {
    const project = new TestProject({ in: "1" });
    const copy = {
      run: "mkdir out && for n in 1 2 3 4 5 6 7 8; do cp in out/$n; done",
      inputs: ["in"],
      outputs: ["out/"],
    };
    describeIn(project, { copy, last: { run: "cat out/*", needs: ["copy"], inputs: ["in"] } });
    const moments = ["runStarted", "taskStarted", "taskHit", "taskFinished", "taskOutput", "runFinished"];
    for (const [round, moment] of [...moments, ...moments].entries()) {
      project.write("in", String(round >> 1));
      if (round % 2 === 1) rmSync(project.at("out"), { recursive: true, force: true });
      const run = new ChildRun(project.folder);
      await run.saw(moment);
      await run.kill();
    }
    const after = new ChildRun(project.folder);
    expect(await after.end()).toMatchObject({ type: "result", outcome: "succeeded", troubles: [] });
    for (const name of readdirSync(project.at("out")))
      expect(readFileSync(project.at(`out/${name}`), "utf8")).toBe("5");
    expect(readdirSync(project.at("out"))).toHaveLength(8);
  }, 120_000);
});

describe("two runs at once", () => {
  it("take turns: the second waits, and then finds the first one's results", async () => {
    const project = new TestProject({ in: "" });
    const t = {
      run: "echo started && while [ ! -e go ]; do sleep 0.01; done && mkdir out",
      inputs: ["in"],
      outputs: ["out/"],
    };
    describeIn(project, { t });
    const first = new ChildRun(project.folder);
    await first.saw("taskOutput", "started");
    const second = new ChildRun(project.folder);
    await second.saw("waiting");
    project.write("go", "");
    expect(await first.end()).toMatchObject({ outcome: "succeeded" });
    expect(await second.end()).toMatchObject({ outcome: "succeeded" });
    expect(second.lines.map(({ type }) => type)).toEqual(["waiting", "runStarted", "taskHit", "runFinished", "result"]);
    expect(listRuns(project.at(".tidegate")).map(({ run }) => run)).toEqual(["1", "2"]);
  });

  it("may be one inside of the other", async () => {
    const project = new TestProject({ in: "", inner: "" });
    describeIn(project, { inner: { run: "echo inside" } });
    const script = join(import.meta.dirname, "child-run.ts");
    const outer = task({ run: [process.execPath, script, project.folder] });
    const run = await project.run({ outer });
    expect(outcomes(run)).toEqual({ outer: "ran" });
    expect(listRuns(project.at(".tidegate")).map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded"]);
  });

  it("don't wait for one that is dead", async () => {
    const project = new TestProject({ in: "" });
    const dead = { owner: { pid: 2 ** 22 + 1, started: "1" }, markName: "TIDEGATE_TASK_0" };
    project.write(".tidegate/running/lock", JSON.stringify(dead));
    const runs = await Promise.all([1, 2, 3].map(() => project.run({ t: task({ run: "true", inputs: ["in"] }) })));
    expect(runs.map((run) => outcomes(run).t).sort()).toEqual(["hit", "hit", "ran"]);
  });

  it("on one cache from many processes all succeed", async () => {
    const project = new TestProject({ in: "" });
    describeIn(project, {
      a: { run: "mkdir a && cp in a/in", inputs: ["in"], outputs: ["a/"] },
      b: { run: "mkdir b && cp a/in b/in", needs: ["a"], inputs: ["in"], outputs: ["b/"] },
    });
    const ends = await Promise.all([1, 2, 3, 4].map(() => new ChildRun(project.folder).end()));
    for (const end of ends) expect(end).toEqual({ type: "result", outcome: "succeeded", troubles: [] });
  });
});

describe("a disk", () => {
  it("that is full fails the run with its code, says so when only the cache is hit, and forgets nothing", async ({
    skip,
  }) => {
    const project = new TestProject({});
    if (!mount(project.folder, "size=1m")) skip("only root can mount a small disk here");
    project.write("in", "");
    const small = task({ run: "mkdir small && echo x > small/x", inputs: ["in"], outputs: ["small/"] });
    await project.run({ small });
    const large = task({
      run: "mkdir large && head -c 600000 /dev/urandom > large/x",
      inputs: ["in"],
      outputs: ["large/"],
    });
    const run = await project.run({ small, large });
    expect(outcomes(run)).toEqual({ small: "hit", large: "ran" });
    const finished = run.events.find((event) => event.type === "taskFinished");
    expect(finished).toMatchObject({ cache: { stored: false, because: "storeFailed", detail: /No space/ } });
    fill(project.at("filler"));
    const full = await project.attempt({ small, large });
    const codes = full.ok
      ? [...full.value.troubles, ...failuresOf({ result: full.value, events: [] }, "large")]
      : full.failures;
    expect(codes.map(({ code }) => code)).toContain("no-space");
    rmSync(project.at("filler"));
    expect(outcomes(await project.run({ small }))).toEqual({ small: "hit" });
  });

  it("that is read-only fails the run before it begins", async ({ skip }) => {
    const project = new TestProject({});
    if (!mount(project.folder, "size=1m")) skip("only root can mount a read-only disk here");
    project.write("in", "");
    execFileSync("mount", ["-o", "remount,ro", project.folder]);
    const result = await project.attempt({ t: task({ run: "true", inputs: ["in"] }) });
    expect(result.ok ? "" : result.failures[0]!.code).toBe("not-writable");
  });

  it("on which somebody else owns the project fails the run before it begins", async ({ skip }) => {
    const project = new TestProject({ in: "" });
    if (process.getuid?.() !== 0 || !existsSync("/usr/sbin/runuser")) skip("only root can run as somebody else");
    describeIn(project, { t: { run: "true", inputs: ["in"] } });
    openPath(project.folder);
    const run = new ChildRun(project.folder, ["/usr/sbin/runuser", "-u", "nobody", "--"]);
    expect(await run.end()).toMatchObject({ type: "failed", failures: [{ code: "not-writable" }] });
  });

  it("with locked folders in outputs is no obstacle to anybody", async ({ skip }) => {
    const project = new TestProject({ in: "1" });
    if (process.getuid?.() !== 0 || !existsSync("/usr/sbin/runuser")) skip("only root can run as somebody else");
    const run = "mkdir -p out/a && cp in out/a/in && chmod 555 out/a out";
    describeIn(project, { t: { run, inputs: ["in"], outputs: ["out/"] } });
    openPath(project.folder);
    chmodSync(project.folder, 0o777);
    const asNobody = () => new ChildRun(project.folder, ["/usr/sbin/runuser", "-u", "nobody", "--"]);
    for (const [input, expected] of [
      ["1", "taskFinished"],
      ["2", "taskFinished"],
      ["1", "taskHit"],
    ] as const) {
      project.write("in", input);
      const child = asNobody();
      expect(await child.end()).toMatchObject({ outcome: "succeeded" });
      expect(child.lines.map(({ type }) => type)).toContain(expected);
      expect(readFileSync(project.at("out/a/in"), "utf8")).toBe(input);
    }
  });
});

/** Temporary folders are private: somebody else must be able to pass through. */
function openPath(folder: string): void {
  chmodSync(join(folder, ".."), 0o755);
}

function mount(folder: string, options: string): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
    onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
    return true;
  } catch {
    return false;
  }
}

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(2 << 20));
  } catch {
    // Then it is full, as it should be.
  }
}
