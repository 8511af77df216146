import { execFileSync, spawn } from "node:child_process";
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { binFile } from "../support/cli.ts";
import { processesIn } from "../support/processes.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";
import { removeTree } from "../support/remove-tree.ts";

async function shippedProject(options: Parameters<typeof testProject>[0] = {}): Promise<TestProject> {
  const project = await testProject(options);
  project.define(["staging"]);
  await project.ok("ship");
  return project;
}

const pidsOf = async (project: TestProject) => (await project.status()).instances.map(({ pid }) => pid);

test("an agent of another version makes room for this one without touching what runs", async () => {
  const project = await shippedProject();
  const before = await pidsOf(project);
  const gateway = project.gateway;
  await project.kill(project.agent);
  const old = spawn(process.execPath, [join(binFile(), "../agent.js"), project.stateFolder, "0.0.1"], {
    cwd: project.stateFolder,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
  });
  await eventually(() => expect(readFileSync(join(project.stateFolder, "agent.json"), "utf8")).toContain("0.0.1"));
  const load = project.load();
  await project.ok("env", "start", "staging");
  await eventually(() => expect(old.exitCode).toBe(0));
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await pidsOf(project)).toEqual(before);
  expect(project.gateway).toBe(gateway);
});

test("promise 19: removing the state folder ends nothing that serves; every verb says that the state is not there", async () => {
  const project = await shippedProject({ replicas: 2 });
  const state = project.stateFolder;
  const load = project.load();
  // Again, if what runs has written meanwhile.
  removeTree(state);
  await eventually(() => expect(project.agents).toEqual([]));
  for (const verb of [["status"], ["ship"], ["env", "stop", "staging"]]) {
    const told = await project.run(...verb);
    expect(told.code, told.stderr).toBe(4);
    expect(told.stderr).toContain(`error[state-missing]: The state of this project is missing: ${state}`);
  }
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(processesIn(project.parent)).toHaveLength(4);
  await project.killGateway();
  for (const { pid } of processesIn(project.parent)) await project.kill(pid);
  project.isGone = true;
  project.leavesRuntime = true;
});

test("promise 18: an environment whose instances cannot be inspected says so, and hides no other; its hint works", async () => {
  const project = await testProject();
  await project.ok("ship");
  const [instance] = (await project.status()).instances;
  const record = join(project.stateFolder, "instances/staging", instance!.id, "instance.json");
  writeFileSync(record, "garbage");
  const told = await project.run("status", "--json");
  expect(told.code).toBe(4);
  const [staging, production] = told.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(production).toMatchObject({ name: "production", state: "serving" });
  expect(staging).toMatchObject({ name: "staging", state: "standsStill", unreadable: [{ code: "state-damaged" }] });
  expect((await project.run("status")).stdout).toContain(record);
  const hint: string = staging.unreadable[0].hint;
  const load = project.load();
  const [, remove, verb] = /: (rm .+) && tidegate (.+)$/m.exec(hint)!;
  execFileSync("/bin/sh", ["-c", remove!]);
  await project.ok(...verb!.split(" "));
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
});

test("promise 18: a lost or wrong record of where the sockets are does not make what serves seem down", async () => {
  const project = await shippedProject();
  const record = join(project.stateFolder, "runtime");
  const right = readFileSync(record, "utf8");
  for (const wrong of ["/nowhere/at/all\n", "\0\n", ""]) {
    writeFileSync(record, wrong);
    expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
  }
  writeFileSync(record, right);
});

test("a damaged state is said so with the mend; what serves goes on, and deploying anew follows without a lost request", async () => {
  const project = await shippedProject();
  for (const _ of ["a writer", "and another"]) {
    await project.kill(project.agent);
    await project.ok("env", "start", "staging");
  }
  await project.kill(project.agent);
  const database = join(project.stateFolder, "state.db");
  rmSync(`${database}-wal`, { force: true });
  rmSync(`${database}-shm`, { force: true });
  writeFileSync(database, "this was a database ".repeat(1000));
  for (const verb of [["status"], ["env", "start", "staging"], ["deploy", "staging"]]) {
    const damaged = await project.run(...verb);
    expect(damaged.code).toBe(4);
    expect(damaged.stderr).toContain("error[state-damaged]");
    expect(damaged.stderr).toContain(`mv ${database} ${database}.damaged`);
  }
  expect(await project.label()).toBe("one");

  renameSync(database, `${database}.damaged`);
  expect(await project.status()).toMatchObject({ state: "degraded", problems: [{ problem: "unexpected" }] });
  for (const verb of ["status", "ship"]) expect((await project.run(verb)).stderr).toContain("error[state-outdated]");
  const doctor = await project.run("doctor");
  expect(doctor).toMatchObject({
    code: 4,
    stdout: expect.stringContaining("✘ State: The state has lost its newest part"),
  });
  await project.ok("state", "accept");
  project.version("two");
  const load = project.load();
  await project.ok("ship");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.label()).toBe("two");
  expect(await project.status()).toMatchObject({ state: "serving", problems: [], instances: [{ id: "d2-web-1" }] });
});

test("a database that is set aside under a running agent makes it let go of what runs", async () => {
  const project = await shippedProject();
  const before = await pidsOf(project);
  for (const file of ["state.db", "state.db-wal", "state.db-shm"])
    rmSync(join(project.stateFolder, file), { force: true });
  await eventually(() => expect(project.agents).toEqual([]));
  expect(await project.label()).toBe("one");
  expect(await pidsOf(project)).toEqual(before);
  const refused = await project.run("env", "start", "staging");
  expect({ code: refused.code, stderr: refused.stderr }).toEqual({
    code: 4,
    stderr: expect.stringContaining("error[state-outdated]"),
  });
  await project.ok("state", "accept");
});

test("a state of a newer Tidegate is left alone", async () => {
  const project = await shippedProject();
  await project.kill(project.agent);
  const database = new DatabaseSync(join(project.stateFolder, "state.db"));
  const { value } = database.prepare("SELECT value FROM meta WHERE key = 'schema'").get()!;
  database.exec("UPDATE meta SET value = '99' WHERE key = 'schema'");
  const refused = await project.run("deploy", "staging");
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain("error[state-newer]");
  expect(await project.label()).toBe("one");
  database.prepare("UPDATE meta SET value = ? WHERE key = 'schema'").run(value!);
  database.close();
});

test("a port that is taken by the time the gateway wants it is named with its owner, and all is taken back", async () => {
  const project = await testProject({ hasMigration: true });
  project.define(["staging"]);
  project.version("one", { migrate: "migrated" });
  const other = createServer((_, response) => response.end("somebody else"));
  const shipping = project.start("ship");
  await shipping.until("step 1/3");
  await new Promise<void>((resolve) => other.listen(project.ports.staging, "127.0.0.1", resolve));
  try {
    project.open("migrated");
    const refused = await shipping.ended;
    expect(refused.code, refused.stderr).toBe(4);
    expect(refused.stderr).toContain("error[port-in-use]");
    expect(refused.stderr).toContain(`process ${process.pid}`);
    const [latest] = await project.json<object>("history");
    expect(latest).toMatchObject({ end: { outcome: "reverted" } });
    expect(await project.status()).toMatchObject({ state: "neverDeployed", instances: [] });
    expect(await project.label()).toBe("somebody else");
  } finally {
    await new Promise((resolve) => other.close(resolve).closeAllConnections());
  }
  await project.ok("ship");
  expect(await project.label()).toBe("one");
});

test("a runtime folder that others can enter is refused, and how to mend it is said", async () => {
  const project = await testProject();
  project.define(["staging"]);
  const shared = join(project.parent, "run", `tidegate-${process.getuid?.()}`);
  execFileSync("mkdir", ["-m", "755", shared]);
  const refused = await project.run("ship");
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain("error[not-writable]");
  expect(refused.stderr).toContain(`chmod 700 ${shared}`);
  chmodSync(shared, 0o700);
  await project.ok("ship");
});

test("promise 10: environments are stopped, started and destroyed twice as once, also one that the definition no longer has", async () => {
  const project = await testProject();
  await project.ok("ship");
  for (let time = 0; time < 2; time += 1) {
    await project.ok("env", "stop", "staging");
    expect(await project.status()).toMatchObject({ state: "stopped" });
  }
  expect(await project.label("production")).toBe("one");
  await expect(project.label()).rejects.toThrow();
  for (let time = 0; time < 2; time += 1) {
    await project.ok("env", "start", "staging");
    expect(await project.label()).toBe("one");
  }
  project.define(["production"]);
  for (let time = 0; time < 2; time += 1) await project.ok("env", "destroy", "staging", "--yes");
  await expect(project.label()).rejects.toThrow();
  expect((await project.run("history", "staging")).code).toBe(0);
  await project.ok("env", "destroy", "--all", "--yes");
  expect(processesIn(project.parent)).toEqual([]);
});

test("a version that hears no SIGTERM is killed with its grandchildren", async () => {
  const project = await testProject({ grace: "300ms" });
  project.define(["staging"]);
  project.version("one", { stubborn: true, family: true });
  await project.ok("ship");
  // The agent, the gateway's two, the service, a shell and its two children.
  await eventually(() => expect(processesIn(project.parent)).toHaveLength(7));
  project.version("two");
  const shipped = await project.ok("ship");
  expect(shipped.stderr).toContain("killed: it did not stop when asked");
  expect(processesIn(project.parent)).toHaveLength(4);
});
