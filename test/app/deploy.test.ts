import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { routes } from "../../src/agent/protocol/protocol.ts";
import { connect } from "../../src/app/connect.ts";
import { deploy, promote } from "../../src/app/deploy/deploy.ts";
import { admit } from "../../src/app/deploy/door.ts";
import { releaseOrLatest } from "../../src/app/deploy/find-release.ts";
import { plan } from "../../src/app/deploy/plan.ts";
import { rollback } from "../../src/app/deploy/rollback.ts";
import { ship } from "../../src/app/deploy/ship.ts";
import { changeEnvironments, listEnvironments } from "../../src/app/environments/environments.ts";
import { history } from "../../src/app/environments/history.ts";
import { status } from "../../src/app/environments/status.ts";
import { explainDeployment } from "../../src/app/explain/explain-deployment.ts";
import type { Ports } from "../../src/app/ports.ts";
import { type Session, withSession } from "../../src/app/session.ts";
import { ok, type Result } from "../../src/errors/result.ts";
import { type ProjectOptions, type TestProject, testProject } from "../support/project.ts";
import { failureOf, Listener, lendPackages, portsFor, unwrap } from "./ports.ts";

const quick = { concurrency: undefined, force: false, wait: true } as const;

async function projectOf(options: ProjectOptions = {}): Promise<TestProject> {
  const project = await testProject(options);
  lendPackages(project.folder);
  return project;
}

function portsOf(project: TestProject): Ports {
  return portsFor(project.folder, project.env);
}

/** One use case in a session of its own, as a face would call it. */
function inSession<T>(project: TestProject, work: (session: Session) => Promise<Result<T>>): Promise<Result<T>> {
  return withSession(portsOf(project), "make", work);
}

test("ship, promote, status, history and rollback need no terminal: the room of use cases does it all", async () => {
  const project = await projectOf();
  const heard = new Listener();
  const shipped = unwrap(await inSession(project, (session) => ship(session, { ...quick, to: "staging" }, heard.say)));
  expect(shipped.environments).toEqual(["staging"]);
  expect(heard.types).toEqual(expect.arrayContaining(["runStarted", "releasePacked", "deploymentFinished"]));
  expect(await project.label("staging")).toBe("one");

  const { plans, ahead } = unwrap(
    await inSession(project, async (session) => ok(await plan(session, { environment: "production" }))),
  );
  expect(ahead).toEqual({ problems: [], warnings: [] });
  expect(unwrap(plans)).toMatchObject([{ environment: "production", release: shipped.release.digest, refused: [] }]);
  unwrap(await inSession(project, (session) => promote(session, { wait: true }, heard.say)));
  expect(await project.label("production")).toBe("one");

  project.version("two");
  unwrap(await inSession(project, (session) => ship(session, quick, heard.say)));
  expect(await project.label("production")).toBe("two");
  unwrap(
    await inSession(project, (session) =>
      rollback(session, { environment: "production", reason: "slow", wait: true }, heard.say),
    ),
  );
  expect(await project.label("production")).toBe("one");

  const observed = unwrap(await inSession(project, (session) => status(session, {})));
  expect(observed.map(({ name, state }) => [name, state])).toEqual([
    ["staging", "serving"],
    ["production", "serving"],
  ]);
  const past = unwrap(await inSession(project, (session) => history(session, { environment: "production", limit: 9 })));
  expect(past.map((one) => ("kind" in one ? one.kind : "incident"))).toEqual(["rollback", "deploy", "promote"]);
  const told = unwrap(await inSession(project, (session) => explainDeployment(session, { deployment: 1 })));
  expect(told.facts.at(-1)).toMatchObject({ type: "deploymentFinished", outcome: "deployed" });
  unwrap(await inSession(project, (session) => changeEnvironments(session, { what: "stop", all: true }, heard.say)));
  expect(unwrap(await inSession(project, (session) => listEnvironments(session))).map(({ name }) => name)).toEqual([
    "staging",
    "production",
  ]);
});

test("the agent takes no deployment without the stamp of the door, or with one that is for something else", async () => {
  const project = await projectOf();
  const { say } = new Listener();
  unwrap(await inSession(project, (session) => ship(session, { ...quick, to: "staging" }, say)));
  await inSession(project, async (session) => {
    const release = unwrap(await releaseOrLatest(session, undefined));
    const { spec, secrets } = unwrap(
      await admit(session, { environment: "staging", release, kind: "deploy" }, () => {}),
    );
    expect(spec.stamp).toMatchObject({
      environment: "staging",
      release: release.digest,
      definition: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      passed: ["config", "leaks", "admission", "parity", "rehearsal"],
    });
    const { stamp, ...bare } = spec;
    const forgeries = [
      [bare, "It carries no stamp."],
      [{ ...spec, stamp: { ...stamp, passed: ["config"] } }, "It has not passed: leaks, admission, parity, rehearsal."],
      [{ ...spec, environment: "production" }, "Its stamp is for another environment or release."],
    ] as const;
    const agent = unwrap(await connect(session.ports, session));
    for (const [forged, cause] of forgeries) {
      const refused = failureOf(await agent.call(routes.deploy, { spec: forged, secrets, wait: true }, {}));
      expect(refused).toMatchObject({ code: "deployment-unchecked", cause });
    }
    return agent.call(routes.deploy, { spec, secrets, wait: true }, {});
  }).then(unwrap);
  expect(await project.label("staging")).toBe("one");
});

test("the door refuses what has not been through the environment before, and what was rolled back", async () => {
  const project = await projectOf();
  const { say } = new Listener();
  unwrap(await inSession(project, (session) => ship(session, { ...quick, to: "staging" }, say)));
  project.version("two");
  const second = unwrap(await inSession(project, (session) => ship(session, { ...quick, to: "staging" }, say)));
  unwrap(await inSession(project, (session) => rollback(session, { environment: "staging", wait: true }, say)));
  const { digest: release } = second.release;
  const again = { environment: "staging", release, wait: true };
  expect(failureOf(await inSession(project, (session) => deploy(session, again, say)))).toMatchObject({
    code: "release-quarantined",
  });
  expect(await project.label("staging")).toBe("one");
});

test("promise 8: a release that has the value a secret was given since is refused at the door", async () => {
  const project = await projectOf({ hasSecret: true });
  const { say } = new Listener();
  const value = "a value that nobody took for a secret";
  writeFileSync(join(project.folder, "src", "notes.txt"), `${value}\n`);
  unwrap(await inSession(project, (session) => ship(session, { ...quick, to: "staging" }, say)));
  const ports = portsFor(project.folder, { ...project.env, STAGING_TOKEN: value });
  const deployed = await withSession(ports, "make", (session) =>
    deploy(session, { environment: "staging", wait: true }, say),
  );
  expect(failureOf(deployed)).toMatchObject({ code: "secret-leaked" });
  expect(await project.label("staging")).toBe("one");
});

test("plan says what the next release would stumble over, also before there is one", async () => {
  const project = await projectOf();
  const file = join(project.folder, "tidegate.config.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace("node dist/server.mjs", "node gone/server.mjs"));
  const { plans, ahead } = unwrap(await inSession(project, async (session) => ok(await plan(session, {}))));
  expect(failureOf(plans)).toMatchObject({ code: "unknown-release" });
  expect(ahead.problems).toMatchObject([{ code: "command-file-missing", location: { line: expect.any(Number) } }]);
});
