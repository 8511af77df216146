import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventually, type TestProject, testProject } from "../support/project.ts";

async function shippedProject(options: Parameters<typeof testProject>[0] = {}): Promise<TestProject> {
  const project = await testProject(options);
  project.define(["staging"]);
  await project.ok("ship");
  return project;
}

const pidsOf = async (project: TestProject) => (await project.status()).instances.map(({ pid }) => pid);

describe("promise 11: killed at rest", () => {
  test("the agent: requests are answered, status says that nobody looks after them, and the next one touches nothing", async () => {
    const project = await shippedProject({ replicas: 2 });
    const before = await pidsOf(project);
    const gateway = project.gateway;
    const load = project.load();
    await project.kill(project.agent);
    expect(await project.status()).toMatchObject({ state: "degraded", problems: [{ problem: "noAgent" }] });
    await project.ok("env", "start", "staging");
    expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(await pidsOf(project)).toEqual(before);
    expect(project.gateway).toBe(gateway);
  });

  test("the gateway: it is back by itself with the same routes", async () => {
    const project = await shippedProject();
    const before = await pidsOf(project);
    await project.kill(project.gateway);
    await eventually(async () => expect(await project.label()).toBe("one"));
    expect(await project.until("staging", ({ state }) => state === "serving")).toMatchObject({ problems: [] });
    expect(await pidsOf(project)).toEqual(before);
  });

  test("the gateway and the agent: status says that nothing is served, and env start mends it", async () => {
    const project = await shippedProject();
    const before = await pidsOf(project);
    await project.kill(project.agent);
    await project.killGateway();
    const down = await project.run("status");
    expect(down.code).toBe(1);
    expect(down.stdout).toContain("DOWN");
    await project.ok("env", "start", "staging");
    expect(await project.label()).toBe("one");
    expect(await pidsOf(project)).toEqual(before);
  });

  test("the only instance: it is back by itself, and the history says why it went", async () => {
    const project = await shippedProject();
    const [pid] = await pidsOf(project);
    await project.kill(pid);
    await project.until("staging", ({ state, instances }) => state === "serving" && instances[0]?.pid !== pid);
    expect(await project.label()).toBe("one");
    const [incident] = await project.json<object>("history");
    expect(incident).toMatchObject({ type: "instanceLost", event: { type: "instanceLost", instance: "d1-web-1" } });
  });

  test("one of two instances: no request is lost", async () => {
    const project = await shippedProject({ replicas: 2 });
    const [pid] = await pidsOf(project);
    const load = project.load();
    await eventually(() => expect(load.finished).toBeGreaterThan(20));
    await project.kill(pid);
    await project.until("staging", ({ state }) => state === "serving");
    const { lost } = await load.stop();
    // Those under way in the killed process cannot be answered; there is at most one on each connection.
    expect(lost).toBeLessThanOrEqual(4);
  });

  test("an instance while no agent runs: status says so, and the next agent brings it back", async () => {
    const project = await shippedProject();
    await project.kill(project.agent);
    await project.kill((await pidsOf(project))[0]);
    expect(await project.status()).toMatchObject({
      state: "down",
      problems: [{ problem: "noAgent" }, { problem: "notRunning", instance: "d1-web-1" }],
    });
    await project.ok("env", "start", "staging");
    expect(await project.status()).toMatchObject({ state: "serving" });
  });
});

test("a version that crashes again and again is restarted with growing pauses, and status says it is not well", async () => {
  const project = await testProject();
  project.define(["staging"]);
  project.version("one", { crashes: "after gate", crashGate: "crash" });
  await project.ok("ship");
  project.open("crash");
  await project.until("staging", ({ state }) => state === "down");
  const pauses = await eventually(async () => {
    const incidents = await project.json<{ type: string; event?: { restartInMs: number } }>("history");
    const found = incidents.flatMap(({ event }) => (event === undefined ? [] : [event.restartInMs])).reverse();
    if (found.length < 3) throw new Error("not yet");
    return found;
  });
  expect(pauses.slice(0, 3)).toEqual([500, 1000, 2000]);
  const status = await project.run("status");
  expect(status.code).toBe(1);
});

describe("promise 11: killed in the middle of a rollout", () => {
  /** Version two is starting and will be healthy when the gate opens; version one serves. */
  async function halfway(options: Parameters<typeof testProject>[0] = {}) {
    const project = await shippedProject({ replicas: 2, ...options });
    project.version("two", { startsAfter: "now" });
    await project.ok("release");
    const load = project.load();
    const deploying = project.start("deploy", "staging");
    await deploying.until("d2-web-1 started");
    return { project, load, deploying };
  }

  test("the command line: the rollout goes on", async () => {
    const { project, load, deploying } = await halfway();
    deploying.child.kill("SIGKILL");
    await deploying.ended;
    expect(await project.status()).toMatchObject({ state: "changing", underWay: { deployment: 2 } });
    project.open("now");
    await project.until("staging", ({ state }) => state === "serving");
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(await project.label()).toBe("two");
  });

  test("the agent: the one before serves, status says interrupted, and the next command finishes it", async () => {
    const { project, load, deploying } = await halfway();
    await project.kill(project.agent);
    const { code, stderr } = await deploying.ended;
    expect([code, stderr]).toEqual([4, expect.stringContaining("error[agent-unreachable]")]);
    expect(await project.status()).toMatchObject({ state: "interrupted", underWay: { deployment: 2 } });
    expect(await project.label()).toBe("one");
    const starting = project.start("env", "start", "staging");
    await starting.until("continues at step 1");
    project.open("now");
    expect((await starting.ended).code).toBe(0);
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 2 });
    expect(await project.label()).toBe("two");
  });

  test("the agent in the middle of a migration: it goes on, the next agent finds it, and it has run once", async () => {
    const project = await shippedProject({ hasMigration: true });
    const runs = () => readFileSync(join(project.stateFolder, "environments/staging/data/migrate.log"), "utf8");
    project.version("two", { migrate: "now" });
    await project.ok("release");
    const load = project.load();
    const deploying = project.start("deploy", "staging");
    await eventually(() => expect(runs()).toBe("one\ntwo\n"));
    await project.kill(project.agent);
    await deploying.ended;
    const starting = project.start("env", "start", "staging");
    await starting.until("continues at step 1");
    project.open("now");
    expect((await starting.ended).code).toBe(0);
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 2 });
    expect(await project.label()).toBe("two");
    expect(runs()).toBe("one\ntwo\n");
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  });

  test("the agent in the middle of a migration that ends while nobody is there: how it ended is known", async () => {
    const project = await shippedProject({ hasMigration: true });
    const runs = () => readFileSync(join(project.stateFolder, "environments/staging/data/migrate.log"), "utf8");
    project.version("two", { migrate: "now" });
    await project.ok("release");
    const deploying = project.start("deploy", "staging");
    await eventually(() => expect(runs()).toBe("one\ntwo\n"));
    await project.kill(project.agent);
    await deploying.ended;
    project.open("now");
    const outcome = join(project.stateFolder, "jobs/staging/d2-migrate-web/outcome.json");
    await eventually(() => expect(readFileSync(outcome, "utf8")).toContain("ended"));
    await project.ok("env", "start", "staging");
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 2 });
    expect(runs()).toBe("one\ntwo\n");
  });

  test("the agent, when the new version then turns out to be broken: the next command takes it back", async () => {
    const project = await shippedProject({ healthTimeout: "600ms" });
    project.version("two", { startsAfter: "never" });
    await project.ok("release");
    const deploying = project.start("deploy", "staging");
    await deploying.until("d2-web-1 started");
    await project.kill(project.agent);
    await deploying.ended;
    await project.ok("env", "start", "staging");
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 1, problems: [] });
    expect(await project.label()).toBe("one");
  });

  test("the gateway: the rollout goes on once it is back", async () => {
    const { project, load, deploying } = await halfway();
    await load.stop();
    await project.kill(project.gateway);
    project.open("now");
    expect((await deploying.ended).code).toBe(0);
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 2 });
    expect(await project.label()).toBe("two");
  });

  test("the new instance: the rollout turns back, and nothing was lost", async () => {
    const { project, load, deploying } = await halfway();
    const fresh = (await project.status()).instances.find(({ id }) => id === "d2-web-1");
    await project.kill(fresh?.pid);
    const { code, stderr } = await deploying.ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("error[instance-exited]")]);
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 1, problems: [] });
  });

  test("an old instance: it is back, and the rollout goes on", async () => {
    const { project, load, deploying } = await halfway();
    await load.stop();
    const old = (await project.status()).instances.find(({ id }) => id === "d1-web-2");
    await project.kill(old?.pid);
    await project.until("staging", ({ instances }) =>
      instances.some(({ id, pid }) => id === "d1-web-2" && pid !== undefined && pid !== old?.pid),
    );
    project.open("now");
    expect((await deploying.ended).code).toBe(0);
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 2, problems: [] });
  });

  test("the agent, while a slow request keeps the old version: the request is answered, the rollout is finished", async () => {
    const project = await testProject();
    project.define(["staging"]);
    project.version("one", { answersAfter: "answer" });
    await project.ok("ship");
    const slow = fetch(project.url("staging", "/slow"));
    project.version("two");
    await project.ok("release");
    const deploying = project.start("deploy", "staging");
    await deploying.until("step 3/4: drain d1-web-1");
    await project.kill(project.agent);
    await deploying.ended;
    expect(await project.label()).toBe("two");
    const starting = project.start("env", "start", "staging");
    await starting.until("continues at step");
    project.open("answer");
    expect((await starting.ended).code).toBe(0);
    expect(await (await slow).text()).toBe("one");
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 2, problems: [] });
  });

  test("the agent and a new instance that does not come up again: the next command takes the deployment back", async () => {
    const project = await testProject({ replicas: 2 });
    project.define(["staging"]);
    project.version("one", { answersAfter: "answer" });
    await project.ok("ship");
    const slow = [1, 2, 3, 4].map(() => fetch(project.url("staging", "/slow")));
    project.version("two", { crashes: "once gone", crashGate: "doom" });
    await project.ok("release");
    const deploying = project.start("deploy", "staging");
    await deploying.until("step 3/8: drain d1-web-1");
    await project.kill(project.agent);
    await deploying.ended;
    await project.kill((await project.status()).instances.find(({ id }) => id === "d2-web-1")?.pid);
    project.open("doom");
    project.open("answer");
    await project.ok("env", "start", "staging");
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 1, problems: [] });
    expect(await Promise.all(slow.map(async (response) => (await response).text()))).toEqual([
      "one",
      "one",
      "one",
      "one",
    ]);
    expect(await project.json("history")).toContainEqual(
      expect.objectContaining({ id: 2, end: expect.objectContaining({ outcome: "reverted" }) }),
    );
  });

  test("the agent, over and over: it ends with one release serving, and no request was lost", async () => {
    const { project, load, deploying } = await halfway({ replicas: 3 });
    project.open("now");
    for (let round = 0; round < 6; round += 1) {
      await project.kill(project.agents[0]);
      const starting = project.start("env", "start", "staging");
      await eventually(() => expect(project.agents.length).toBeGreaterThan(0));
      if (round % 2 === 0) await starting.until("continues at step").catch(() => {});
      starting.child.kill("SIGKILL");
      await starting.ended;
    }
    await deploying.ended;
    await project.ok("env", "start", "staging");
    const status = await project.until("staging", ({ state }) => state === "serving");
    expect(new Set(status.instances.map(({ release }) => release)).size).toBe(1);
    expect(status.instances.filter(({ state }) => state === "running")).toHaveLength(3);
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(project.agents).toHaveLength(1);
  });
});

test("two commands that need an agent at once get the same one", async () => {
  const project = await shippedProject();
  await project.kill(project.agent);
  await Promise.all([
    project.ok("env", "start", "staging"),
    project.ok("env", "start", "staging"),
    project.ok("env", "start", "staging"),
  ]);
  // Those that came second end as soon as they see it.
  await eventually(() => expect(project.agents).toHaveLength(1));
  expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
});
