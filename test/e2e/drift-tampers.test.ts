import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { LimitGroups } from "../../src/drivers/local/limits/limit-groups.ts";
import { identityOf } from "../../src/process/identity.ts";
import { resourceHost } from "../../src/resources/observe.ts";
import { asSuper, debianMajor, npmMajor } from "../resources/postgres-subject.ts";
import { changeTable, driftOf, environmentOf, recordOf, redefine } from "../support/drift.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";

const web = { service: "web", instance: "d1-web-1" };
const well = { code: 0, verdict: "none", findings: [] };

async function pidOf(project: TestProject): Promise<number> {
  const { instances } = await project.status();
  return instances[0]!.pid!;
}

test("a config file of an instance that others may read, that has different content or is gone is found, and --fix replaces the instance", async () => {
  const project = await testProject({ hasSecret: true });
  redefine(project, "} as const;", "configFile: true } as const;");
  await project.ok("ship", "staging");
  expect(await driftOf(project)).toMatchObject({ ...well, coverage: { checked: 12, total: 12 } });
  const file = environmentOf(await pidOf(project)).TIDEGATE_CONFIG_FILE!;
  const found = { drift: "configFile", ...web, key: "TIDEGATE_CONFIG_FILE" };
  chmodSync(file, 0o644);
  expect((await driftOf(project)).findings).toEqual([{ ...found, how: "open" }]);
  chmodSync(file, 0o600);
  writeFileSync(file, '{"LEVEL":"debug"}');
  expect((await driftOf(project)).findings).toEqual([{ ...found, how: "changed" }]);
  rmSync(file);
  expect((await driftOf(project)).findings).toEqual([{ ...found, how: "missing" }]);
  expect(await driftOf(project, "--fix")).toMatchObject({ ...well, deployment: 2 });
});

test("limits that somebody has loosened, or taken a process out of, are found, and --fix holds a new instance to them", async (context) => {
  const { memory, cpu } = new LimitGroups().kept;
  if (!memory || !cpu) return context.skip("this machine lets this user make no control groups");
  const project = await testProject();
  redefine(project, "} as const;", 'limits: { memory: "300MB", cpu: 0.5 } } as const;');
  await project.ok("ship", "staging");
  expect(await driftOf(project)).toMatchObject({ ...well, coverage: { checked: 13, total: 13 } });
  const folders: string[] = recordOf(project, "d1-web-1").instance.group.folders;
  const files = ["memory.memsw.limit_in_bytes", "memory.limit_in_bytes", "memory.max"];
  for (const file of folders.flatMap((folder) => files.map((name) => join(folder, name))))
    if (existsSync(file)) writeFileSync(file, "600000000");
  expect((await driftOf(project)).findings).toEqual([{ drift: "limit", ...web, limit: "memory" }]);
  expect(await driftOf(project, "--fix")).toMatchObject({ ...well, deployment: 2 });
  const pid = await pidOf(project);
  for (const folder of recordOf(project, "d2-web-1").instance.group.folders)
    writeFileSync(join(folder, "..", "cgroup.procs"), String(pid));
  expect((await driftOf(project)).findings).toMatchObject([
    { drift: "limit", limit: "memory" },
    { drift: "limit", limit: "cpu" },
  ]);
  expect(await driftOf(project, "--fix")).toMatchObject({ ...well, deployment: 3 });
});

test("shares of requests that somebody changed in the gateway are found and taken back", async () => {
  const project = await testProject({ replicas: 2 });
  await project.ok("ship", "staging");
  await changeTable(project, (table) => ({
    ...table,
    routes: table.routes.map((route) => ({ ...route, pools: route.pools.map((pool) => ({ ...pool, share: 0.25 })) })),
  }));
  expect((await driftOf(project)).findings).toEqual([{ drift: "route", route: "/", how: "shares" }]);
  expect(await driftOf(project, "--fix")).toMatchObject({ ...well, deployment: 1 });
});

test("a role and a database that somebody altered are found, to each setting, and --fix puts them right", async () => {
  const version = debianMajor ?? npmMajor;
  const project = await testProject();
  redefine(project, "import { check,", "import { postgres, check,");
  redefine(project, "services: {", `resources: { db: postgres({ version: "${version}" }) },\n  services: {`);
  await project.ok("ship", "staging");
  expect(await driftOf(project)).toMatchObject({ ...well, coverage: { checked: 12, total: 12 } });
  const name = "tg_small_staging_db";
  const host = resourceHost(project.stateFolder, "small");
  for (const statement of [
    "create role stranger",
    `alter role ${name} superuser createdb noinherit connection limit 3 valid until '2999-01-01' password 'another'`,
    `grant ${name} to stranger`,
    `grant pg_read_all_data to ${name}`,
    `alter role ${name} set statement_timeout = '1s'`,
    `alter role ${name} in database ${name} set work_mem = '1MB'`,
    `alter database ${name} set default_transaction_read_only = on`,
    `alter database ${name} connection limit 0`,
  ])
    await asSuper(host, version, statement);
  const altered = (what: string) => ({ drift: "resourceAltered", resource: "db", what });
  const set = (what: string) => ({ drift: "resourceSettings", resource: "db", what });
  expect((await driftOf(project)).findings).toEqual([
    altered(`The database ${name} takes 0 connections at most`),
    altered(`The role ${name} does not inherit`),
    altered(`The password of ${name} expires`),
    altered(`The role ${name} may have 3 connections at most`),
    altered(`The role ${name} is a superuser`),
    altered(`The role ${name} may create databases`),
    altered(`The role ${name} is a member of pg_read_all_data`),
    altered(`The role stranger may act as ${name}`),
    altered(`The role ${name} has a different password`),
    set(`The database ${name} has settings of its own: default_transaction_read_only`),
    set(`The role ${name} has settings of its own: statement_timeout`),
    set(`The role ${name} has in the database ${name} settings of its own: work_mem`),
  ]);
  // A migration may have set what is set: a deployment leaves it alone.
  await project.ok("ship", "staging");
  expect((await driftOf(project)).findings.map(({ drift }) => drift)).toEqual(Array(3).fill("resourceSettings"));
  expect(await driftOf(project, "--fix")).toMatchObject(well);
});

describe("a process that somebody started by hand beside an instance", () => {
  const started: ChildProcess[] = [];

  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  /** A second one like the instance's, with the environment that is made of the first one's. */
  async function startBeside(
    project: TestProject,
    change: (env: Record<string, string>) => Record<string, string | undefined>,
    command: readonly [string, ...string[]] = ["node", "dist/server.mjs"],
  ): Promise<number> {
    const pid = await pidOf(project);
    const [file, ...args] = command;
    // A port of the system's choice.
    const env = { ...change(environmentOf(pid)), PORT: "0" };
    const child = spawn(file, args, { cwd: readlinkSync(`/proc/${pid}/cwd`), env, detached: true, stdio: "ignore" });
    started.push(child);
    await eventually(() => expect(readFileSync(`/proc/${child.pid}/cmdline`, "utf8")).toContain(args[0]));
    return child.pid!;
  }

  test("with a copy of its environment is found, and ends with the instance that --fix replaces", async () => {
    const project = await testProject();
    await project.ok("ship", "staging");
    const pid = await startBeside(project, (env) => env, ["sleep", "600"]);
    const report = await driftOf(project);
    expect(report).toMatchObject({ code: 3, findings: [{ drift: "beside", ...web, pid }] });
    expect(report.coverage).toEqual({ checked: 11, total: 11, unchecked: [] });
    const load = project.load();
    expect(await driftOf(project, "--fix")).toMatchObject({ ...well, deployment: 2 });
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(identityOf(pid)).toBeUndefined();
  });

  test("with the mark of one that is not there any more is found as that one, and --fix ends it", async () => {
    const project = await testProject();
    await project.ok("ship", "staging");
    const pid = await startBeside(project, (env) => ({
      ...env,
      TIDEGATE_PROCESS: env.TIDEGATE_PROCESS!.replace("/d1-web-1/", "/d0-web-1/"),
    }));
    expect((await driftOf(project)).findings).toEqual([{ drift: "unexpected", service: "web", instance: "d0-web-1" }]);
    expect(await driftOf(project, "--fix")).toMatchObject({ ...well, deployment: 1 });
    expect(identityOf(pid)).toBeUndefined();
  });

  test("without a mark is found by its folder and command, and left to people", async () => {
    const project = await testProject();
    await project.ok("ship", "staging");
    const bare = (env: Record<string, string>) => ({ ...env, TIDEGATE_PROCESS: undefined });
    // Somebody who looks around there is no drift.
    await startBeside(project, bare, ["sleep", "600"]);
    expect(await driftOf(project)).toMatchObject(well);
    const pid = await startBeside(project, bare);
    expect((await driftOf(project)).findings).toEqual([{ drift: "stranger", service: "web", pid }]);
    const { code, stdout } = await project.run("drift", "staging", "--fix");
    expect(code).toBe(3);
    expect(stdout).toContain(`kill ${pid}`);
    expect(stdout).not.toContain("To bring it back");
    expect(identityOf(pid)).toBeDefined();
  });

  test("is nothing when the instance itself has started it", async () => {
    const project = await testProject();
    project.version("one", { family: true });
    await project.ok("ship", "staging");
    expect(await driftOf(project)).toMatchObject(well);
  });
});
