import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { eventually, type TestProject, testProject } from "../support/project.ts";

/** One release serves; a deployment of the next one has begun, waits for its instance, and lost its agent. */
async function interruptedProject(): Promise<TestProject> {
  const project = await testProject({ healthTimeout: "60s" });
  project.define(["staging"]);
  await project.ok("ship");
  project.version("two", { startsAfter: "ready" });
  const shipping = project.start("ship");
  await project.until("staging", ({ instances }) => instances.some(({ id }) => id === "d2-web-1"));
  await project.kill(project.agent);
  shipping.child.kill("SIGKILL");
  await shipping.ended;
  return project;
}

function withDatabase<T>(project: TestProject, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(project.stateFolder, "state.db"));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

const append = (project: TestProject, event: object) =>
  withDatabase(project, (database) =>
    database
      .prepare(
        "INSERT INTO journal (project, deployment, seq, at, event) SELECT project, 2, max(seq) + 1, 1, ? FROM journal WHERE deployment = 2",
      )
      .run(JSON.stringify(event)),
  );

test("promise 21: a half-done deployment whose journal a newer version wrote stands still, whatever is asked, until that version is back", async () => {
  const project = await interruptedProject();
  append(project, { v: 1, type: "held", until: 5 });
  const load = project.load();
  for (let time = 0; time < 2; time += 1) {
    for (const verb of [["env", "start", "staging"], ["ship"]]) {
      const refused = await project.run(...verb);
      expect(refused.code, refused.stderr).toBe(4);
      expect(refused.stderr).toContain("error[state-newer]: Deployment 2 to staging has stopped");
      expect(refused.stderr).toContain("tidegate env start staging");
    }
    const status = await project.run("status");
    expect(status.code).toBe(4);
    expect(status.stdout).toContain("STOPPED");
    expect(status.stdout).toContain('type "held"');
  }
  expect(await project.status()).toMatchObject({ state: "standsStill", unreadable: [{ code: "state-newer" }] });
  expect(await project.run("explain", "2")).toMatchObject({ code: 4 });
  const [latest] = await project.json<object>("history");
  expect(latest).toMatchObject({ id: 2 });
  expect(latest).not.toHaveProperty("end");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.label()).toBe("one");

  withDatabase(project, (database) => database.exec("DELETE FROM journal WHERE event LIKE '%held%'"));
  project.open("ready");
  await project.ok("env", "start", "staging");
  expect(await project.label()).toBe("two");
  expect(await project.status()).toMatchObject({ state: "serving" });
});

test("promise 21: a half-done deployment whose journal is damaged leaves what serves alone; giving the environment up makes room", async () => {
  const project = await interruptedProject();
  append(project, { v: 1, type: "stepDone" });
  const refused = await project.run("env", "start", "staging");
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain("error[state-damaged]");
  expect(refused.stderr).toContain("tidegate env destroy staging");
  expect(await project.label()).toBe("one");
  // Nobody else than who asks for it ends what serves: also not an agent that has nothing to do.
  await project.kill(project.agent);
  await project.run("env", "start", "staging");
  expect(await project.label()).toBe("one");

  await project.ok("env", "destroy", "staging", "--yes");
  project.version("three");
  await project.ok("ship");
  expect(await project.label()).toBe("three");
});

test("promise 21: a deployment that the version before left half-done is finished by this one", async () => {
  const project = await interruptedProject();
  // As that version wrote it: records without versions.
  withDatabase(project, (database) => {
    database.exec("UPDATE journal SET event = json_remove(event, '$.v')");
    database.exec("UPDATE deployment SET spec = json_remove(spec, '$.v'), members = json_remove(members, '$.v')");
    database.exec("UPDATE environment SET members = json_remove(members, '$.v')");
  });
  project.open("ready");
  const load = project.load();
  await project.ok("env", "start", "staging");
  await eventually(async () => expect(await project.label()).toBe("two"));
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
});
