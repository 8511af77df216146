import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { isListenedOn } from "../../src/gateway/embedded/listen/port-owner.ts";
import { type TestProject, testProject } from "../support/project.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(port: number, host: string): Promise<Server> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.listen({ port, host, ipv6Only: host === "::1" }, done));
  return server;
}

test("a port that somebody else has is found before anything is run or touched, by every verb that could", async () => {
  const project = await testProject({ hasMigration: true });
  const { staging } = project.ports;
  // A release is there, so that the pipeline has run and `plan` has something to plan.
  expect((await project.run("release")).code).toBe(0);
  await listen(staging, "0.0.0.0");
  const taken = `Port ${staging}, where staging is to be reached, is taken by process ${process.pid} (`;

  const checked = await project.run("check");
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toContain(taken);
  expect(checked.stdout).toMatch(
    /at tidegate\.config\.ts:\d+:\d+\n {4}hint: Give staging another port: local\(\{ url: /,
  );
  expect((await project.run("doctor")).stdout).toContain(`! Ports: ${taken}`);
  expect(await project.json("plan", "staging")).toMatchObject([
    { refused: [{ code: "port-in-use", message: expect.stringContaining(taken) }] },
  ]);
  for (const args of [["deploy", "staging"], ["ship"]]) {
    const refused = await project.run(...args);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toMatch(/^error\[port-in-use\]: Port /);
    expect(refused.stderr).toContain(`Or stop whatever uses it: kill ${process.pid}`);
  }
  expect(await project.json("history")).toEqual([]);

  // Production alone is not in its way.
  servers.splice(0).map((server) => server.close());
  expect((await project.run("ship")).code).toBe(0);
  expect((await project.run("check")).stdout).not.toContain("is taken");
}, 60_000);

test("the project's own gateway takes no port from it, also while nobody looks after it; another project's does", async () => {
  const one = await testProject();
  expect((await one.run("ship", "staging")).code).toBe(0);
  await one.kill(one.agent);
  const isFree = async (project: TestProject) => !(await project.run("check")).stdout.includes("is taken");
  expect(await isFree(one)).toBe(true);
  expect((await one.run("ship", "staging")).code).toBe(0);

  const other = await testProject();
  moveTo(other, one.ports.staging);
  const refused = await other.run("ship", "staging");
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain(
    `is taken by the gateway of the project small (process ${one.gateway}), ${one.folder}\n`,
  );
  expect(refused.stderr).toContain(`in that project: cd ${one.folder} && tidegate env stop --all`);
  expect((await one.run("env", "stop", "staging")).code).toBe(0);
  expect((await other.run("ship", "staging")).code).toBe(0);
}, 60_000);

test("an environment that cannot be started keeps no other one from it, and is told", async () => {
  const project = await testProject();
  expect((await project.run("ship")).code).toBe(0);
  expect((await project.run("env", "stop", "--all")).code).toBe(0);
  await listen(project.ports.staging, "127.0.0.1");
  const started = await project.run("env", "start", "--all");
  expect(started.code).toBe(4);
  expect(started.stderr).toContain("error[port-in-use]");
  expect(await project.label("production")).toBe("one");
}, 60_000);

/** Has its staging reached by another port. */
function moveTo(project: TestProject, port: number): void {
  const file = join(project.folder, "tidegate.config.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace(`:${project.ports.staging}`, `:${port}`));
}

test.each([
  ["127.0.0.1", "127.0.0.1", true],
  ["0.0.0.0", "127.0.0.1", true],
  ["::", "127.0.0.1", true],
  ["127.0.0.2", "127.0.0.1", false],
  ["::1", "127.0.0.1", false],
  ["127.0.0.2", "0.0.0.0", true],
  ["127.0.0.2", "::", true],
  ["::1", "::1", true],
])("who listens on %s is in the way of a gateway on %s: %s", async (host, wanted, isInTheWay) => {
  const server = await listen(0, host);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  expect(await isListenedOn(wanted, address.port)).toBe(isInTheWay);
});
