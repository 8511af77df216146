import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { processesIn } from "../support/processes.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";

/** A project whose agent does not answer any more; `wake` lets it go on. */
async function withHungAgent(options: Parameters<typeof testProject>[0] = {}) {
  const project = await testProject(options);
  project.define(["staging"]);
  await project.ok("ship");
  const agent = project.agent!;
  process.kill(agent, "SIGSTOP");
  const wake = () => {
    if (project.agents.includes(agent)) process.kill(agent, "SIGCONT");
  };
  onTestFinished(wake);
  return { project, agent, wake };
}

const goneOf = (project: TestProject, pid: number) =>
  eventually(() => expect(processesIn(project.parent).map((one) => one.pid)).not.toContain(pid));

async function eventsOf(project: TestProject): Promise<string[]> {
  const { stdout } = await project.run("history", "--json");
  return stdout.split("\n");
}

test("an agent that hangs is told by status and doctor, and nobody but it is touched", async () => {
  const { project, agent, wake } = await withHungAgent();
  expect(await project.status()).toMatchObject({
    state: "degraded",
    problems: [{ problem: "agentHangs", pid: agent }],
  });
  const doctor = await project.run("doctor");
  expect(doctor.stdout).toContain(`process ${agent}, does not answer`);
  expect(doctor.stdout).toContain("tidegate env start --all");
  expect(project.agents).toEqual([agent]);
  const refused = await project.run("state", "backup", "b.tar");
  expect(refused.code, refused.stderr).toBe(0);
  const restored = await project.run("state", "restore", "b.tar");
  expect([restored.code, restored.stderr]).toEqual([4, expect.stringContaining(`kill -9 ${agent}`)]);
  expect(await project.label()).toBe("one");
  wake();
  expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
}, 120_000);

test("promise 16: a deployment takes over from an agent that hangs; when that wakes up, nothing it does counts", async () => {
  const { project, agent, wake } = await withHungAgent({ replicas: 2 });
  project.version("two");
  await project.ok("ship");
  expect(await project.label()).toBe("two");
  const status = await project.status();
  expect(status).toMatchObject({ state: "serving", deployment: 2, problems: [] });
  const before = await eventsOf(project);
  wake();
  await goneOf(project, agent);
  expect(await project.status()).toEqual({ ...status, instances: expect.anything() });
  expect((await project.status()).instances.map(({ pid }) => pid)).toEqual(status.instances.map(({ pid }) => pid));
  expect(await eventsOf(project)).toEqual(before);
  expect(await project.label()).toBe("two");
  expect(project.agents).toHaveLength(1);
}, 120_000);

test("promise 16: what was stopped while the agent hung stays stopped when it wakes up", async () => {
  const { project, agent, wake } = await withHungAgent();
  await project.ok("env", "stop", "staging");
  const before = await eventsOf(project);
  wake();
  await goneOf(project, agent);
  expect(await project.status()).toMatchObject({ state: "stopped", problems: [] });
  expect(processesIn(project.parent).filter(({ command }) => command.includes("server.mjs"))).toEqual([]);
  expect(await eventsOf(project)).toEqual(before);
  await project.ok("env", "start", "staging");
  expect(await project.label()).toBe("one");
}, 120_000);

test("a deployment whose agent hangs in the middle says so, and the next command finishes it once", async () => {
  const project = await testProject({ hasMigration: true });
  project.define(["staging"]);
  await project.ok("ship");
  const runs = () => readFileSync(join(project.stateFolder, "environments/staging/data/migrate.log"), "utf8");
  project.version("two", { migrate: "now" });
  await project.ok("release");
  const deploying = project.start("deploy", "staging");
  await eventually(() => expect(runs()).toBe("one\ntwo\n"));
  const agent = project.agent!;
  process.kill(agent, "SIGSTOP");
  onTestFinished(() => {
    if (project.agents.includes(agent)) process.kill(agent, "SIGCONT");
  });
  const { code, stderr } = await deploying.ended;
  expect([code, stderr]).toEqual([4, expect.stringContaining("stopped answering in the middle")]);
  expect(await project.status()).toMatchObject({ state: "interrupted" });
  project.open("now");
  await project.ok("env", "start", "staging");
  process.kill(agent, "SIGCONT");
  await goneOf(project, agent);
  const status = await project.until("staging", ({ state }) => state === "serving");
  expect(await project.label()).toBe(status.deployment === 2 ? "two" : "one");
  expect(runs()).toBe("one\ntwo\n");
}, 180_000);
