import { expect, test } from "vitest";
import { eventually, type TestProject, testProject } from "../support/project.ts";

/** Requests during the work, then after it: during it only these releases answer, after it only the last of them. */
async function underLoad(
  project: TestProject,
  allowed: () => Promise<readonly string[]>,
  work: () => Promise<unknown>,
) {
  const during = project.load("production");
  await work();
  const { lost, reasons, byRelease, sent } = await during.stop();
  const after = project.load("production");
  await eventually(() => expect(after.finished).toBeGreaterThan(20));
  const { byRelease: servesNow, lost: lostAfter } = await after.stop();
  const releases = await allowed();
  expect({ lost: lost + lostAfter, reasons }).toEqual({ lost: 0, reasons: [] });
  expect(sent).toBeGreaterThan(20);
  for (const release of Object.keys(byRelease)) expect(releases).toContain(release);
  expect(Object.keys(servesNow)).toEqual([releases.at(-1)]);
}

test("promise 12: upgrade, rollback and promote lose no request, and each answer comes from a release that may serve", async () => {
  const project = await testProject({ replicas: 2 });
  await project.ok("ship");
  const one = (await project.status("production")).release!;
  const serving = async () => (await project.status("production")).release!;

  project.version("two");
  await underLoad(
    project,
    async () => [one, await serving()],
    () => project.ok("ship"),
  );
  const two = await serving();
  expect(two).not.toBe(one);

  await underLoad(
    project,
    async () => [two, one],
    () => project.ok("rollback", "production"),
  );
  expect(await project.label("production")).toBe("one");

  project.version("three");
  await project.ok("ship", "staging");
  expect(await project.label("production")).toBe("one");
  await underLoad(
    project,
    async () => [one, await serving()],
    () => project.ok("promote"),
  );
  expect(await project.label("production")).toBe("three");
});

test("promise 13: a release that was rolled back is refused everywhere until it is cleared, and status says where it still serves", async () => {
  const project = await testProject();
  await project.ok("ship");
  project.version("two");
  await project.ok("ship");
  await project.ok("rollback", "production", "--reason", "the checkout is slow");

  for (const refused of [
    await project.run("deploy", "staging"),
    await project.run("ship"),
    await project.run("plan"),
  ]) {
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.stdout + refused.stderr).toContain("was rolled back and is refused everywhere");
  }
  expect(await project.status("staging")).toMatchObject({ state: "serving", quarantine: "the checkout is slow" });
  expect(await project.label("production")).toBe("one");

  const two = (await project.status("staging")).release!.slice(7, 15);
  await project.ok("release", "clear", two);
  await project.ok("deploy", "production");
  expect(await project.label("production")).toBe("two");
  expect((await project.status("staging")).quarantine).toBeUndefined();
});

test("a release that was not in staging does not get to production", async () => {
  const project = await testProject();
  await project.ok("release");
  const refused = await project.run("deploy", "production");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("error[not-promoted]");
  expect((await project.status("production")).state).toBe("neverDeployed");
});

test("promise 12: recreate says before what it will lose, and refuses requests with 503 meanwhile", async () => {
  const project = await testProject({ strategy: "recreate()" });
  project.define(["staging"]);
  await project.ok("ship");
  project.version("two", { startsAfter: "now" });
  await project.ok("release");
  const planned = await project.ok("plan", "staging");
  expect(planned.stdout).toContain("requests are refused with 503 from step 1 until the last step");

  const deploying = project.start("deploy", "staging");
  await deploying.until("d2-web-1 started");
  const response = await fetch(project.url());
  expect([response.status, response.headers.has("retry-after")]).toEqual([503, true]);
  project.open("now");
  expect((await deploying.ended).code).toBe(0);
  expect(await project.label()).toBe("two");
});

test("the second of two deployments to one environment says that it waits, and comes after the first", async () => {
  const project = await testProject();
  project.define(["staging"]);
  await project.ok("ship");
  project.version("two", { startsAfter: "now" });
  await project.ok("release");
  const first = project.start("deploy", "staging");
  await first.until("d2-web-1 started");

  const refused = await project.run("deploy", "staging", "--no-wait");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("error[environment-busy]");
  const second = project.start("deploy", "staging");
  await second.until("waits behind 1 deployment");
  expect(await project.status()).toMatchObject({ state: "changing", underWay: { deployment: 2 } });
  project.open("now");
  expect((await first.ended).code).toBe(0);
  expect((await second.ended).code).toBe(0);
  expect(await project.status()).toMatchObject({ state: "serving", deployment: 3 });
});

test("a deployment that is taken back on request ends with the one before serving", async () => {
  const project = await testProject();
  project.define(["staging"]);
  await project.ok("ship");
  const nothing = await project.run("deploy", "staging", "--abort");
  expect(nothing.code).toBe(2);
  expect(nothing.stderr).toContain("error[nothing-under-way]");

  project.version("two", { startsAfter: "never" });
  await project.ok("release");
  const deploying = project.start("deploy", "staging");
  await deploying.until("d2-web-1 started");
  await project.ok("deploy", "staging", "--abort");
  const { code, stderr } = await deploying.ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining("error[deployment-aborted]")]);
  expect(await project.status()).toMatchObject({ state: "serving", deployment: 1 });
  expect(await project.label()).toBe("one");
});

test("Ctrl-C ends the watching, not the deployment", async () => {
  const project = await testProject();
  project.define(["staging"]);
  project.version("one", { startsAfter: "now" });
  const shipping = project.start("ship");
  await shipping.until("d1-web-1 started");
  shipping.child.kill("SIGINT");
  const { code, stderr } = await shipping.ended;
  expect([code, stderr]).toEqual([130, expect.stringContaining("the agent continues")]);
  project.open("now");
  await project.until("staging", ({ state }) => state === "serving");
});

test("promise 12: a request that is slow when its version goes is answered by it", async () => {
  const project = await testProject();
  project.define(["staging"]);
  project.version("one", { answersAfter: "answer" });
  await project.ok("ship");
  const slow = fetch(project.url("staging", "/slow"));
  project.version("two");
  const shipping = project.start("ship");
  await shipping.until("step 3/4: drain d1-web-1");
  await eventually(async () => expect(await project.label()).toBe("two"));
  project.open("answer");
  expect(await (await slow).text()).toBe("one");
  expect((await shipping.ended).code).toBe(0);
});
