import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Instance } from "../../src/drivers/driver.ts";
import { eventually, plantTree, runs, written } from "../process/support.ts";
import { answer, codes, ended, jobEnded, outputHas, value } from "./conformance.ts";
import {
  anotherLocal,
  createLocal,
  dataIn,
  expectNothingRuns,
  jobIn,
  type LocalUnderTest,
  optionsIn,
  pidsIn,
  specIn,
  workerIn,
} from "./support.ts";

const source = join(import.meta.dirname, "../../src/drivers/local/local-driver.ts");

/** A process of its own that uses a driver on the same state folder. */
function owner(under: LocalUnderTest, body: string) {
  const script = `
    import { localDriver } from ${JSON.stringify(source)};
    const options = ${JSON.stringify(optionsIn(under.folder, under.stateFolder))};
    const driver = localDriver({ ...options, spools: { ...options.spools, secretsOf: () => undefined } });
    const spec = ${JSON.stringify(workerIn(under, "a"))};
    ${body}`;
  const env = { PATH: process.env.PATH, HOME: under.folder };
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"], env });
}

function recordOf(under: LocalUnderTest, id: string) {
  const path = join(under.stateFolder, "instances/staging", id, "instance.json");
  const read = () => JSON.parse(readFileSync(path, "utf8"));
  return { path, read, write: (change: object) => writeFileSync(path, JSON.stringify({ ...read(), ...change })) };
}

function pidOf(instance: Instance | undefined): number | undefined {
  return instance?.state.state === "running" ? instance.state.pid : undefined;
}

test("another driver sees, keeps and stops what one started", async () => {
  const under = await createLocal();
  const instance = value(await under.driver.start(specIn(under, "a"), 1));
  const other = anotherLocal(under);
  expect(value(await other.observe("staging"))).toEqual([instance]);
  expect(value(await other.start(specIn(under, "a"), 2))).toEqual(instance);
  await answer(instance.address!);
  expect(value(await other.stop("staging", "a", 20_000, 2))).toBe("asked");
  // Only the parent is told how it ended.
  expect(await ended(under.driver, "a")).toEqual({ code: 0, signal: null });
});

test("an exit that its parent saw is known to everybody afterwards", async () => {
  const under = await createLocal();
  value(await under.driver.start({ ...workerIn(under, "a"), command: "exit 9" }, 1));
  await ended(under.driver, "a");
  expect(await ended(anotherLocal(under), "a")).toEqual({ code: 9, signal: null });
});

test("instances outlive the process that started them, and their end is then unknown", async () => {
  const under = await createLocal();
  const first = owner(under, "await driver.start(spec, 1); console.log('started'); setInterval(() => {}, 1000);");
  await once(first.stdout, "data");
  first.kill("SIGKILL");
  await once(first, "exit");
  const [instance] = value(await under.driver.observe("staging"));
  await outputHas(under.driver, "a", "working");
  process.kill(pidOf(instance)!, "SIGKILL");
  expect(await ended(under.driver, "a")).toEqual({ code: null, signal: null });
});

test("an owner killed by its own instance, between spawn and record, leaves an instance that is found", async () => {
  const under = await createLocal();
  const killer = ["/bin/sh", "-c", "kill -9 $PPID; exec node worker.mjs"];
  const first = owner(under, `await driver.start({ ...spec, command: ${JSON.stringify(killer)} }, 1);`);
  await once(first, "exit");
  await outputHas(under.driver, "a", "working");
  const [instance] = value(await under.driver.observe("staging"));
  await eventually(() => expect(pidsIn(under.folder)).toEqual([pidOf(instance)]));
  value(await under.driver.stop("staging", "a", 20_000, 1));
  expectNothingRuns(under.folder);
});

test("an intent without an identity is adopted by its mark, with its address", async () => {
  const under = await createLocal();
  const instance = value(await under.driver.start(specIn(under, "a"), 1));
  recordOf(under, "a").write({ progress: { state: "starting" } });
  const other = anotherLocal(under);
  expect(value(await other.start(specIn(under, "a"), 1))).toEqual(instance);
  expect(recordOf(under, "a").read().progress).toMatchObject({ state: "running", process: { pid: pidOf(instance) } });
});

test("an intent whose process never came has ended, and is started anew", async () => {
  const under = await createLocal();
  value(await under.driver.start(workerIn(under, "a"), 1));
  value(await under.driver.stop("staging", "a", 0, 1));
  recordOf(under, "a").write({ progress: { state: "starting" } });
  expect(await ended(under.driver, "a")).toBeDefined();
  expect(pidOf(value(await under.driver.start(workerIn(under, "a"), 1)))).toBeDefined();
});

test("owners killed at any moment leak nothing", async () => {
  const under = await createLocal();
  for (let round = 0; round < 8; round++) {
    const first = owner(
      under,
      `console.log("go"); for (let n = 0; ; n++) await driver.start({ ...spec, id: "r${round}-" + n }, 1);`,
    );
    await once(first.stdout, "data");
    // Another moment in each round: after so many instances have been seen to be there.
    await eventually(() => expect(pidsIn(under.folder).length).toBeGreaterThanOrEqual(1 + (round % 4)));
    first.kill("SIGKILL");
    await once(first, "exit");
    const instances = value(await under.driver.observe("staging"));
    await Promise.all(instances.map(({ id }) => under.driver.stop("staging", id, 0, 1)));
    expectNothingRuns(under.folder);
  }
});

test("a job outlives who began it, and what comes of it is known to who comes next", async () => {
  const under = await createLocal();
  const script = 'echo begun; echo ran >> "$TIDEGATE_DATA_DIR/runs"; read wait < "$TIDEGATE_DATA_DIR/pipe"; exit 6';
  const job = jobIn(under, "j", `mkfifo "$TIDEGATE_DATA_DIR/pipe"; ${script}`);
  const first = owner(under, `await driver.startJob(${JSON.stringify(job)}, 1); setInterval(() => {}, 1000);`);
  await outputHas(under.driver, "j", "begun");
  first.kill("SIGKILL");
  await once(first, "exit");
  expect(value(await under.driver.startJob(job, 1)).state).toEqual({ state: "running" });
  writeFileSync(join(dataIn(under), "pipe"), "go on\n");
  expect(await jobEnded(under.driver, "j")).toMatchObject({ exit: { code: 6, signal: null }, timedOut: false });
  expect(readFileSync(join(dataIn(under), "runs"), "utf8")).toBe("ran\n");
  expectNothingRuns(under.folder);
});

test("the time of a job runs out also when nobody is there", async () => {
  const under = await createLocal();
  const job = { ...jobIn(under, "j", "echo begun; exec sleep 600"), timeoutMs: 1_500 };
  const first = owner(under, `await driver.startJob(${JSON.stringify(job)}, 1); setInterval(() => {}, 1000);`);
  await outputHas(under.driver, "j", "begun");
  first.kill("SIGKILL");
  await eventually(() => expectNothingRuns(under.folder));
  expect(await jobEnded(anotherLocal(under), "j")).toMatchObject({ timedOut: true, exit: { signal: "SIGTERM" } });
});

test("a job whose owner was killed at any moment runs once, or can still be begun", async () => {
  const under = await createLocal();
  for (let round = 0; round < 6; round++) {
    const job = jobIn(under, `j${round}`, `echo ran >> "$TIDEGATE_DATA_DIR/runs-${round}"`);
    const body = `console.log("go"); setTimeout(() => process.kill(process.pid, "SIGKILL"), ${round * 12}); await driver.startJob(${JSON.stringify(job)}, 1);`;
    const first = owner(under, body);
    await once(first, "exit");
    value(await under.driver.startJob(job, 1));
    expect(await jobEnded(under.driver, job.id)).toMatchObject({ exit: { code: 0, signal: null } });
    expect(readFileSync(join(dataIn(under), `runs-${round}`), "utf8")).toBe("ran\n");
  }
});

test("a job that lost who looks after it is known to run until it ends, and its end is then unknown", async () => {
  const under = await createLocal();
  const job = jobIn(under, "j", 'mkfifo "$TIDEGATE_DATA_DIR/pipe"; echo begun; read wait < "$TIDEGATE_DATA_DIR/pipe"');
  value(await under.driver.startJob(job, 1));
  await outputHas(under.driver, "j", "begun");
  const record = JSON.parse(readFileSync(join(under.stateFolder, "jobs/staging/j/job.json"), "utf8"));
  process.kill(record.progress.process.pid, "SIGKILL");
  await eventually(() => expect(runs(record.progress.process.pid)).toBe(false));
  expect(value(await under.driver.startJob(job, 1)).state).toEqual({ state: "running" });
  writeFileSync(join(dataIn(under), "pipe"), "go on\n");
  expect(await jobEnded(under.driver, "j")).toMatchObject({ exit: { code: null, signal: null } });
  expect(value(await under.driver.startJob(job, 1)).state).toMatchObject({ state: "ended" });
});

test("a job of which nobody knows whether it ran is not begun", async () => {
  const under = await createLocal();
  const job = jobIn(under, "j", "exit 0");
  value(await under.driver.startJob(job, 1));
  await jobEnded(under.driver, "j");
  writeFileSync(join(under.stateFolder, "jobs/staging/j/job.json"), "{");
  expect(codes(await under.driver.startJob(job, 1))).toEqual(["state-damaged"]);
  value(await under.driver.remove("staging", "j", 1));
  value(await under.driver.startJob(job, 1));
});

test("a process that got the number of an instance that ended is not touched", async () => {
  const under = await createLocal();
  value(await under.driver.start(workerIn(under, "a"), 1));
  const stranger = plantTree('echo > "$PIDS/$$"; while :; do sleep 1; done');
  await written(stranger, 1);
  const real = recordOf(under, "a").read().progress.process;
  recordOf(under, "a").write({ progress: { state: "running", process: { ...real, pid: stranger.pid, started: "1" } } });
  const other = anotherLocal(under);
  expect(await ended(other, "a")).toEqual({ code: null, signal: null });
  value(await other.stop("staging", "a", 0, 1));
  value(await other.remove("staging", "a", 1));
  expect(runs(stranger.pid)).toBe(true);
  // The real one has the mark, so that even this damage leaked nothing.
  expectNothingRuns(under.folder);
});

test.each(["", "{", "null", "[]", '{"version":1}', '{"version":1,"id":"../../x"}'])(
  "a damaged record (%j) is reported, and healed by starting or removing",
  async (text) => {
    const under = await createLocal();
    const lost = pidOf(value(await under.driver.start(workerIn(under, "a"), 1)));
    writeFileSync(recordOf(under, "a").path, text);
    expect(codes(await under.driver.observe("staging"))).toEqual(["state-damaged"]);
    const anew = value(await under.driver.start(workerIn(under, "a"), 1));
    expect(runs(lost!)).toBe(false);
    expect(value(await under.driver.observe("staging"))).toEqual([anew]);
    writeFileSync(recordOf(under, "a").path, text);
    expect(value(await under.driver.stop("staging", "a", 0, 1))).toBe("killed");
    value(await under.driver.remove("staging", "a", 1));
    expect(value(await under.driver.observe("staging"))).toEqual([]);
  },
);

test("a record of a newer version is not touched", async () => {
  const under = await createLocal();
  const pid = pidOf(value(await under.driver.start(workerIn(under, "a"), 1)));
  recordOf(under, "a").write({ version: 3 });
  expect(codes(await under.driver.observe("staging"))).toEqual(["state-newer"]);
  expect(codes(await under.driver.start(workerIn(under, "a"), 1))).toEqual(["state-newer"]);
  expect(runs(pid!)).toBe(true);
});

test("the highest token is remembered by the folder, and a damaged one is reported", async () => {
  const under = await createLocal();
  value(await under.driver.start(workerIn(under, "a"), 7));
  const other = anotherLocal(under);
  expect(codes(await other.stop("staging", "a", 0, 6))).toEqual(["stale-writer"]);
  value(await other.stop("staging", "a", 0, 8));
  expect(codes(await under.driver.start(workerIn(under, "a"), 7))).toEqual(["stale-writer"]);
  writeFileSync(join(under.stateFolder, "instances/staging/.token"), "many\n");
  expect(codes(await under.driver.start(workerIn(under, "a"), 9))).toEqual(["state-damaged"]);
});

test("the copy of a project does not take the original's instances for its own", async () => {
  const under = await createLocal();
  const pid = pidOf(value(await under.driver.start(workerIn(under, "a"), 1)));
  const copy = join(under.folder, "copy");
  cpSync(under.stateFolder, copy, { recursive: true });
  const other = anotherLocal({ ...under, stateFolder: copy });
  expect(value(await other.observe("staging"))).toEqual([]);
  value(await other.prepare("staging", under.release, 1));
  const own = pidOf(value(await other.start(workerIn(under, "a"), 1)));
  expect(own).not.toBe(pid);
  value(await other.stop("staging", "a", 0, 1));
  value(await other.remove("staging", "a", 1));
  await eventually(() => expect(pidsIn(under.folder)).toEqual([pid]));
});

test("a project that was moved keeps its instances", async () => {
  const under = await createLocal();
  const instance = value(await under.driver.start(workerIn(under, "a"), 1));
  // On its way into its folder it could not find it.
  await outputHas(under.driver, "a", "working");
  const moved = join(under.folder, "moved");
  renameSync(under.stateFolder, moved);
  const other = anotherLocal({ ...under, stateFolder: moved });
  expect(value(await other.observe("staging"))).toEqual([instance]);
  value(await other.stop("staging", "a", 0, 1));
  expectNothingRuns(under.folder);
});

test("a state folder that somebody removed is not made again, and what runs is not taken for gone", async () => {
  const under = await createLocal();
  const pid = pidOf(value(await under.driver.start(workerIn(under, "a"), 1)));
  // On its way into its folder it could not lose it.
  await outputHas(under.driver, "a", "working");
  renameSync(under.stateFolder, `${under.stateFolder}-away`);
  const results = [
    await under.driver.observe("staging"),
    await under.driver.observeJob("staging", "j"),
    await under.driver.start(workerIn(under, "a"), 1),
    await under.driver.stop("staging", "a", 0, 1),
  ];
  expect(results.flatMap(codes)).toEqual(results.map(() => "driver-unreachable"));
  expect(existsSync(under.stateFolder)).toBe(false);
  renameSync(`${under.stateFolder}-away`, under.stateFolder);
  expect(pidOf(value(await under.driver.observe("staging"))[0])).toBe(pid);
});

test("ports of running instances are not given again, though nobody listens there", async () => {
  const under = await createLocal();
  const deaf = { command: "exec sleep 60" };
  const started = [];
  for (let n = 0; n < 5; n++) started.push(value(await under.driver.start({ ...specIn(under, `a${n}`), ...deaf }, 1)));
  expect(new Set(started.map((one) => one.address?.port)).size).toBe(5);
});

test("removing leaves no folder behind", async () => {
  const under = await createLocal();
  value(await under.driver.startJob(jobIn(under, "a", "exit 0"), 1));
  await jobEnded(under.driver, "a");
  value(await under.driver.start(workerIn(under, "a"), 1));
  value(await under.driver.stop("staging", "a", 0, 1));
  value(await under.driver.remove("staging", "a", 1));
  expect(readdirSync(join(under.stateFolder, "instances/staging"))).toEqual([".token"]);
  expect(readdirSync(join(under.stateFolder, "jobs/staging"))).toEqual([]);
});
