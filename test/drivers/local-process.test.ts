import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { eventually, runs } from "../process/support.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { answer, codes, ended, jobEnded, output, outputHas, value } from "./conformance.ts";
import { createLocal, dataIn, expectNothingRuns, jobIn, pidsIn, specIn, workerIn } from "./support.ts";

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test("a process sees what it was given and what the machine needs, nothing else of the caller's", async () => {
  const caller = { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC", CI: "1", AWS_SECRET_ACCESS_KEY: "x", PORT: "1" };
  const under = await createLocal({ caller });
  const env = { GREETING: "hi", PORT: "2", TZ: "Asia/Tokyo", HOME: under.folder };
  const { address } = value(await under.driver.start({ ...specIn(under, "a"), env }, 1));
  const seen = await answer(address!);
  expect(seen).toEqual({
    PATH: process.env.PATH,
    LC_ALL: "C",
    TZ: "Asia/Tokyo",
    HOME: under.folder,
    GREETING: "hi",
    PORT: String(address?.port),
    HOST: "127.0.0.1",
    TIDEGATE_DATA_DIR: dataIn(under),
    TIDEGATE_PROCESS: expect.stringMatching(/^instances\/staging\/a\/[0-9a-f-]+$/),
  });
});

test("a worker gets no port, and a job neither", async () => {
  const under = await createLocal();
  value(await under.driver.start({ ...workerIn(under, "w"), command: "env" }, 1));
  await ended(under.driver, "w");
  value(await under.driver.startJob({ ...jobIn(under, "j", ""), command: "env" }, 1));
  await jobEnded(under.driver, "j");
  const names = (lines: readonly string[]) => lines.map((line) => line.split("=")[0]).sort();
  expect(names(await output(under.driver, "w", 99))).toEqual(["HOME", "PATH", "TIDEGATE_DATA_DIR", "TIDEGATE_PROCESS"]);
  expect(names(await output(under.driver, "j", 99))).toEqual(["HOME", "PATH", "TIDEGATE_DATA_DIR", "TIDEGATE_PROCESS"]);
});

test("an instance and a job get the Node that their release says, and none in its place where there is none", async () => {
  const home = tempFolder({ "cache/.keep": "" }, "home");
  const bin = join(home, ".nvm/versions/node/v99.1.0/bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "node"), "#!/bin/sh\necho it is 99\n", { mode: 0o755 });
  const caller = { PATH: "/usr/bin:/bin", HOME: home, XDG_CACHE_HOME: join(home, "cache") };
  const under = await createLocal({ caller });
  value(await under.driver.start({ ...workerIn(under, "w"), command: "node", node: "99" }, 1));
  await ended(under.driver, "w");
  expect(await output(under.driver, "w", 99)).toEqual(["it is 99"]);
  value(await under.driver.startJob({ ...jobIn(under, "j", ""), command: "node", node: ">=98" }, 1));
  await jobEnded(under.driver, "j");
  expect(await output(under.driver, "j", 99)).toEqual(["it is 99"]);
  const bare = await createLocal({ caller: { ...caller, PATH: "/nothing" } });
  const refused = await bare.driver.start({ ...workerIn(bare, "w"), command: "node", node: "97" }, 1);
  expect(JSON.stringify(refused)).toContain("there is no Node 97 on this machine");
});

test("a secret reaches the process and nothing else", async () => {
  const under = await createLocal();
  const secret = "correct horse battery staple";
  const spec = { ...specIn(under, "a"), env: { KEY: new Secret(secret) } };
  const instance = value(await under.driver.start(spec, 1));
  expect(await answer(instance.address!)).toMatchObject({ KEY: secret });
  const pid = instance.state.state === "running" ? instance.state.pid : undefined;
  expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(secret);
  const files = filesIn(under.stateFolder);
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) expect(readFileSync(file, "utf8")).not.toContain(secret);
  expect(JSON.stringify(instance)).not.toContain(secret);
  const missing = await under.driver.start({ ...spec, id: "b", command: ["no-such-program-anywhere"] }, 1);
  expect(JSON.stringify(missing)).not.toContain(secret);
});

test.each([
  { name: "A", value: "x\0y" },
  { name: "A\0B", value: "x" },
  { name: "A=B", value: "x" },
  { name: "", value: "x" },
])("an environment variable that cannot be one is a failure: $name", async ({ name, value: text }) => {
  const under = await createLocal();
  const result = await under.driver.start({ ...specIn(under, "a"), env: { [name]: new Secret(text) } }, 1);
  expect(codes(result)).toEqual(["config-invalid"]);
  expect(JSON.stringify(result)).not.toContain("x\\u0000y");
});

test("an environment too big for the system is a failure, not a crash", async () => {
  const under = await createLocal();
  const env = { KEY: new Secret("s".repeat(5_000_000)) };
  const result = await under.driver.start({ ...specIn(under, "a"), env }, 1);
  expect(result).toMatchObject({ ok: false, failures: [{ code: "instance-exited" }] });
  expect(JSON.stringify(result)).not.toContain("ssss");
  expect(await ended(under.driver, "a")).toEqual({ code: 126, signal: null });
});

test("an instance that ignores SIGTERM goes with its whole family", async () => {
  const under = await createLocal();
  value(await under.driver.start(workerIn(under, "a", "family"), 1));
  await expect.poll(async () => (await output(under.driver, "a", 99)).length, { timeout: 20_000 }).toBe(6);
  expect(pidsIn(under.folder)).toHaveLength(3);
  expect(value(await under.driver.stop("staging", "a", 50, 1))).toBe("killed");
  expectNothingRuns(under.folder);
});

test("what a crashed instance left running is ended before it is started anew", async () => {
  const under = await createLocal();
  const spec = { ...workerIn(under, "a"), command: "setsid node worker.mjs deaf & exit 1" };
  value(await under.driver.start(spec, 1));
  await outputHas(under.driver, "a", "working");
  expect(await ended(under.driver, "a")).toEqual({ code: 1, signal: null });
  const [orphan] = pidsIn(under.folder);
  const anew = value(await under.driver.start(workerIn(under, "a"), 1));
  expect(runs(orphan!)).toBe(false);
  // What prepares its read-only view of the release is gone soon.
  const pid = anew.state.state === "running" ? anew.state.pid : undefined;
  await eventually(() => expect(pidsIn(under.folder)).toEqual([pid]));
});

test("removing a crashed instance ends what it left running", async () => {
  const under = await createLocal();
  value(await under.driver.start({ ...workerIn(under, "a"), command: "setsid node worker.mjs deaf & exit 1" }, 1));
  await outputHas(under.driver, "a", "working");
  await ended(under.driver, "a");
  value(await under.driver.remove("staging", "a", 1));
  expectNothingRuns(under.folder);
});

test("a job's background processes end with it", async () => {
  const under = await createLocal();
  const output = '"$TIDEGATE_DATA_DIR/output"';
  const command = `setsid node worker.mjs deaf & while ! grep -q working ${output}; do sleep 0.02; done; exit 4`;
  value(await under.driver.startJob(jobIn(under, "j", `(${command}) > ${output} 2>&1`), 1));
  expect(await jobEnded(under.driver, "j")).toMatchObject({ exit: { code: 4, signal: null }, timedOut: false });
  expectNothingRuns(under.folder);
});

test("everything that is written is private", async () => {
  const under = await createLocal();
  value(await under.driver.start(workerIn(under, "a"), 1));
  await outputHas(under.driver, "a", "working");
  // What releases are made of has the modes that it had there, in folders that nobody else can enter.
  const records = filesIn(under.stateFolder).filter(
    (file) => !/\/environments\/staging\/(releases|files)\//.test(file),
  );
  for (const file of records) expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
  for (const folder of ["", "environments", "instances", "instances/staging", "instances/staging/a"])
    expect(statSync(join(under.stateFolder, folder)).mode & 0o777).toBe(0o700);
});

test("output beyond the limit is rotated while the instance writes on", async () => {
  const under = await createLocal({ outputLimitBytes: 100 });
  const lines = 'for n in 1 2 3; do echo "a line that is rather long, number $n"; done; read wait < pipe; echo more';
  const command = `cd "$TIDEGATE_DATA_DIR"; mkfifo pipe; ${lines}; exec sleep 60`;
  value(await under.driver.start({ ...workerIn(under, "a"), command }, 1));
  await outputHas(under.driver, "a", "a line that is rather long, number 3");
  const logs = () =>
    filesIn(join(under.stateFolder, "instances/staging/a")).filter((file) => file.includes("output.log"));
  expect(logs()).toHaveLength(1);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(dataIn(under), "pipe"), "go on\n");
  await outputHas(under.driver, "a", "more");
  const [newer, older] = logs().sort();
  expect(readFileSync(newer!, "utf8")).toBe("more\n");
  expect(statSync(older!).mode & 0o777).toBe(0o600);
  expect(await output(under.driver, "a", 2)).toEqual(["a line that is rather long, number 3", "more"]);
});

test("an instance whose record vanished with its folder runs on for whoever looked after it, until it ends", async () => {
  const local = await createLocal();
  const instance = value(await local.driver.start(specIn(local, "web-1"), 1));
  expect(value(await local.driver.observe("staging"))).toEqual([instance]);
  rmSync(join(local.stateFolder, "instances"), { recursive: true });
  expect(value(await local.driver.observe("staging"))).toEqual([instance]);
  process.kill(instance.state.state === "running" ? instance.state.pid! : 0, "SIGKILL");
  await eventually(async () => expect(value(await local.driver.observe("staging"))).toEqual([]));
});
