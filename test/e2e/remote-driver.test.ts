import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startDaemon } from "../drivers/remote/support.ts";
import { pidsIn } from "../drivers/support.ts";
import { eventually, type ProjectOptions, testProject } from "../support/project.ts";

/*
 * The whole way with a driver that shares no disk with the agent: what it runs is in a folder of its own, behind a socket. The
 * command line and the agent run from source, so that they can know one more driver.
 */
const remote = join(import.meta.dirname, "../drivers/remote");
const program = ["--import", join(remote, "register.ts"), join(import.meta.dirname, "../../src/cli/bin.ts")];

async function remoteProject(options: ProjectOptions = {}) {
  const daemon = await startDaemon();
  const driver = (url: string) =>
    `{ kind: "driver", driver: "remote", url: "${url}", socket: ${JSON.stringify(daemon.socket)} } as never`;
  const project = await testProject({ program, driver, ...options });
  return { project, daemon };
}

test("ships, upgrades without a lost request, rolls back, shows logs, and leaves nothing behind", async () => {
  const { project, daemon } = await remoteProject({ replicas: 2, hasMigration: true, hasCheck: true });
  await project.ok("ship");
  expect(await project.label("production")).toBe("one");
  expect(existsSync(join(project.stateFolder, "environments"))).toBe(false);
  const load = project.load("production");
  project.version("two");
  await project.ok("ship");
  expect(await project.label("production")).toBe("two");
  await project.ok("rollback", "production");
  expect(await project.label("production")).toBe("one");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect((await project.ok("logs", "production")).stdout).toContain("one starts as d5-web-1");
  expect((await project.ok("logs", "web")).stdout).toContain("one starts as d5-web-1");
  await project.ok("release", "verify");
  expect(await project.status("production")).toMatchObject({ state: "serving", problems: [] });
  await project.ok("env", "destroy", "--all", "--yes");
  await eventually(() => expect(pidsIn(daemon.folder)).toEqual([daemon.process.pid]));
}, 120_000);

test("a broken version leaves the one before serving, and shows why", async () => {
  const { project } = await remoteProject();
  project.define(["staging"]);
  await project.ok("ship");
  project.version("two", { crashes: "at start" });
  const { code, stderr } = await project.run("ship");
  expect([code, stderr]).toEqual([1, expect.stringContaining("no database: giving up")]);
  expect(await project.label()).toBe("one");
}, 120_000);

test("an agent that is killed in the middle of a migration: it goes on, the next agent finds it, and it has run once", async () => {
  const { project, daemon } = await remoteProject({ hasMigration: true });
  project.define(["staging"]);
  await project.ok("ship");
  const runs = () => readFileSync(join(daemon.folder, "state/environments/staging/data/migrate.log"), "utf8");
  project.version("two", { migrate: "now" });
  await project.ok("release");
  const deploying = project.start("deploy", "staging");
  await eventually(() => expect(runs()).toBe("one\ntwo\n"));
  await project.kill(project.agent);
  await deploying.ended;
  expect(await project.label()).toBe("one");
  const starting = project.start("env", "start", "staging");
  await starting.until("continues at step 1");
  project.open("now");
  expect((await starting.ended).code).toBe(0);
  expect(await project.label()).toBe("two");
  expect(runs()).toBe("one\ntwo\n");
}, 120_000);
