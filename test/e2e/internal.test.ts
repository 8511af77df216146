import { expect, test } from "vitest";
import { eventually, type TestProject, testProject } from "../support/project.ts";

/** Two services, of which one is called by the other alone. Each answer says which version of each gave it. */
async function twoServices(): Promise<TestProject> {
  const project = await testProject({ hasApi: true, replicas: 2 });
  project.define(["staging"]);
  await project.ok("ship");
  return project;
}

/** Requests for as long as the work takes: each answered, and each by one version of both services. */
async function agreeing(project: TestProject, work: () => Promise<unknown>): Promise<void> {
  const load = project.load("staging", 4, ({ status, body }) => {
    const [web, api] = body.split(" and ");
    return status === 200 && web === api;
  });
  await eventually(() => expect(load.finished).toBeGreaterThan(20));
  await work();
  const { lost, wrong, reasons } = await load.stop();
  expect({ lost, wrong, reasons }).toEqual({ lost: 0, wrong: 0, reasons: [] });
}

test("promise 11, 12: while two releases serve, each answer comes from one of them, also from the service behind; upgrade, agent killed, rollback", async () => {
  const project = await twoServices();
  expect(await project.label()).toBe("one and one");
  project.version("two");
  await agreeing(project, () => project.ok("ship"));
  expect(await project.label()).toBe("two and two");

  project.version("three", { startsAfter: "now" });
  await project.ok("release");
  await agreeing(project, async () => {
    const deploying = project.start("deploy", "staging");
    await deploying.until("d3-api-1 started");
    await project.kill(project.agent);
    await deploying.ended;
    const starting = project.start("env", "start", "staging");
    await starting.until("continues at step 1");
    project.open("now");
    const { code, stderr } = await starting.ended;
    expect(code, stderr).toBe(0);
  });
  expect(await project.label()).toBe("three and three");

  await agreeing(project, () => project.ok("rollback", "staging"));
  expect(await project.label()).toBe("two and two");
  const { instances } = await project.status();
  expect(instances.map(({ id }) => id).sort()).toEqual(["d4-api-1", "d4-api-2", "d4-web-1", "d4-web-2"]);
});

test("promise 11: after the gateway and the agent were killed, a service still reaches the one behind it where it did before", async () => {
  const project = await twoServices();
  const pids = async () => (await project.status()).instances.map(({ id, pid }) => `${id} ${pid}`).sort();
  const before = await pids();
  await project.kill(project.gateway);
  await eventually(async () => expect(await project.label()).toBe("one and one"));
  await project.kill(project.agent);
  await project.killGateway();
  await project.ok("env", "start", "staging");
  await eventually(async () => expect(await project.label()).toBe("one and one"));
  expect(await pids()).toEqual(before);

  // One that is started anew is at another address; those that call it do not notice.
  const api = (await project.status()).instances.filter(({ id }) => id.startsWith("d1-api"));
  for (const { pid } of api) await project.kill(pid);
  await project.until(
    "staging",
    ({ state, instances }) =>
      state === "serving" && api.every(({ id, pid }) => instances.find((one) => one.id === id)?.pid !== pid),
  );
  await eventually(async () => expect(await project.label()).toBe("one and one"));
});

test("promise 11: a release whose service behind does not come up is taken out, and the one before serves on", async () => {
  const project = await twoServices();
  project.version("two", { isSick: true });
  await agreeing(project, async () => expect((await project.run("ship")).code).toBe(1));
  const { instances } = await project.status();
  expect(instances.map(({ id }) => id).sort()).toEqual(["d1-api-1", "d1-api-2", "d1-web-1", "d1-web-2"]);
});
