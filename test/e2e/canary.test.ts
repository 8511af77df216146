import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { eventually, type TestProject, testProject } from "../support/project.ts";

const anyAnswer = () => true;

async function onlyProduction(strategy: string): Promise<TestProject> {
  const project = await testProject({ strategy });
  project.define(["production"]);
  await project.ok("ship");
  return project;
}

test("promise 14: a canary that fails 1 request in 10 is taken out by itself, refused from then on, and few were hit", async () => {
  const project = await onlyProduction('canary({ steps: [20, 50], hold: "5m" })');
  const planned = await project.ok("plan", "production", "--traffic", "20/s");
  expect(planned.stdout).toMatch(
    /forecast, with 20 requests\/s[\s\S]* 5 % fail +is seen after \d+ requests of its own/,
  );
  const load = project.load("production", 4, anyAnswer);
  project.version("two", { failsEvery: 10 });
  const shipped = await project.run("ship");
  const { sent } = await load.stop();

  expect(shipped.code, shipped.stderr).toBe(1);
  expect(shipped.stderr).toContain(
    "error[release-regressed]: The new release fails more often than the one that serves",
  );
  expect(await project.label("production")).toBe("one");
  expect((await project.status("production")).state).toBe("serving");
  expect(sent).toBeGreaterThan(50);
  const again = await project.run("deploy", "production");
  expect([again.code, again.stderr.includes("error[release-quarantined]")]).toEqual([3, true]);
  const explained = await project.ok("explain", "2");
  expect(explained.stdout).toMatch(/verdict: it is worse than what serves \(new: \d+ of \d+ requests failed/);

  const replayed = await project.ok("analysis", "replay", "2");
  expect(replayed.stdout).toMatch(/20 % .* worse \(errors\) +the same\n/);
  tamperWithTheLastLook(join(project.stateFolder, "state.db"));
  const tampered = await project.run("analysis", "replay", "2");
  expect([tampered.code, tampered.stderr.includes("error[verdict-differs]")]).toEqual([1, true]);
  expect(tampered.stdout).toContain("OTHER");
});

/** Takes the errors away that turned the scales. */
function tamperWithTheLastLook(file: string): void {
  const store = new DatabaseSync(file);
  const last = 'deployment = 2 and event like \'%"type":"counted"%\' order by seq desc limit 1';
  const { seq, event } = store.prepare(`select seq, event from journal where ${last}`).get() as {
    seq: number;
    event: string;
  };
  const look = JSON.parse(event);
  look.tick.candidate.errors = 0;
  store.prepare("update journal set event = ? where deployment = 2 and seq = ?").run(JSON.stringify(look), seq);
  store.close();
}

test("promise 12: a canary that is good gets all requests, step by step, and none is lost; ship ends when it serves", async () => {
  const project = await onlyProduction('canary({ steps: [50], hold: "5m", bake: "10m" })');
  const load = project.load("production", 12);
  project.version("two");
  const shipped = await project.ok("ship");
  expect(shipped.stderr).toContain("verdict: it is as good as what serves");
  const baking = await project.status("production");
  expect(baking.underWay).toMatchObject({ standing: { is: "baking", share: 1 } });
  expect(await project.label("production")).toBe("two");

  // The way back is one switch, at any moment.
  await project.ok("rollback", "production", "--reason", "the checkout is slow");
  const { lost, reasons } = await load.stop();
  expect({ lost, reasons }).toEqual({ lost: 0, reasons: [] });
  expect(await project.label("production")).toBe("one");
  const refused = await project.run("deploy", "production");
  expect(refused.code).toBe(3);
});

test("with too few requests a canary waits for a person, who extends it, goes on or takes it out", async () => {
  const project = await onlyProduction('canary({ steps: [50], hold: "1s", bake: "1s" })');
  project.version("two");
  const shipped = await project.run("ship");
  expect(shipped.code, shipped.stderr).toBe(3);
  expect(shipped.stderr).toContain("error[not-enough-evidence]");
  expect((await project.status("production")).underWay).toMatchObject({ standing: { is: "held", share: 0.5 } });

  await project.ok("resume", "production");
  await project.until("production", ({ underWay }) => underWay?.standing?.is === "held");
  const unexplained = await project.run("promote", "production", "--now");
  expect(unexplained.code).toBe(2);
  await project.ok("promote", "production", "--now", "--reason", "looked at it");
  await project.until("production", ({ state }) => state === "serving");
  expect(await project.label("production")).toBe("two");

  project.version("three");
  expect((await project.run("ship")).code).toBe(3);
  await project.ok("abort", "production");
  expect(await project.label("production")).toBe("two");
  expect((await project.run("resume", "production")).stderr).toContain("error[nothing-under-way]");
});

test("promise 13: a rollback wins at once over a release that waits for a person, and refuses that one, not the good one", async () => {
  const project = await onlyProduction('canary({ steps: [50], hold: "1s" })');
  const one = (await project.status("production")).release!;
  project.version("two");
  expect((await project.run("ship")).code).toBe(3);
  // What is held runs: nobody has to wait for it.
  await project.ok("env", "start", "production");
  await project.kill(project.agent);
  const both = await Promise.all([1, 2].map(() => project.run("rollback", "production")));
  expect(both.map(({ code }) => code)).toContain(0);
  const status = await project.status("production");
  expect(status).toMatchObject({ state: "serving", release: one });
  expect(status.quarantine).toBeUndefined();
  expect((await project.run("deploy", "production")).stderr).toContain("error[release-quarantined]");
});

test("three that deploy one after the other do not wait for a person, and the last one stands", async () => {
  const project = await onlyProduction('canary({ steps: [50], hold: "1s" })');
  const released = [];
  for (const label of ["two", "three", "four"]) {
    project.version(label);
    await project.ok("release");
    released.push((await project.json<{ digest: string }>("release", "list"))[0]!.digest);
  }
  const all = await Promise.all(released.map((digest) => project.run("deploy", "production", "--release", digest)));
  // The last is held; those before gave way to it, or hear that they wait.
  for (const { code, stderr } of all) expect([1, 3], stderr).toContain(code);
  expect((await project.status("production")).underWay).toMatchObject({ standing: { is: "held" } });
});

test("what comes next ends a release's baking, and takes out one that waits for a person", async () => {
  const project = await onlyProduction('blueGreen({ keep: "10m" })');
  project.version("two");
  await project.ok("ship");
  expect((await project.status("production")).underWay).toMatchObject({ standing: { is: "baking" } });
  project.version("three");
  await project.ok("ship");
  expect(await project.label("production")).toBe("three");
  await project.ok("env", "stop", "production");
  expect((await project.status("production")).state).toBe("stopped");
});

test("promise 11: an agent that is killed while a release bakes or is compared leaves both serving, and the next one goes on", async () => {
  const project = await onlyProduction('canary({ steps: [50], hold: "10m", bake: "10m" })');
  project.version("two");
  const shipping = project.start("ship");
  await project.until("production", ({ underWay }) => underWay?.standing?.is === "observing");
  await project.kill(project.agent);
  expect(["one", "two"]).toContain(await project.label("production"));
  await eventually(async () => expect((await project.status("production")).state).toBe("interrupted"));
  await shipping.ended;

  const back = project.start("env", "start", "production");
  await project.until(
    "production",
    ({ state, underWay }) => state === "changing" && underWay?.standing?.is === "observing",
  );
  await project.ok("promote", "production", "--now", "--reason", "seen enough");
  await project.until("production", ({ underWay }) => underWay?.standing?.is === "baking");
  expect(await project.label("production")).toBe("two");
  await project.kill(project.agent);
  await back.ended;
  await project.start("env", "start", "production");
  await project.until(
    "production",
    ({ state, underWay }) => state === "changing" && underWay?.standing?.is === "baking",
  );
  await project.ok("rollback", "production");
  expect(await project.label("production")).toBe("one");
});

test("promise 14: a canary that takes twice as long to answer is taken out by itself", async () => {
  const project = await testProject({ strategy: 'canary({ steps: [50], hold: "10m" })' });
  project.define(["production"]);
  project.version("one", { takesMs: 40 });
  await project.ok("ship");
  const load = project.load("production", 6);
  // How long answers take is known once there were a hundred of them.
  await expect.poll(() => load.finished).toBeGreaterThan(150);
  project.version("two", { takesMs: 80 });
  const shipped = await project.run("ship");
  const { lost, reasons } = await load.stop();

  expect(shipped.code, shipped.stderr).toBe(1);
  expect(shipped.stderr).toContain("The new release answers more slowly than the one that serves");
  expect(await project.label("production")).toBe("one");
  expect({ lost, reasons }).toEqual({ lost: 0, reasons: [] });
});
