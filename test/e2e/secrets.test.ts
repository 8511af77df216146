import { appendFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processesIn } from "../support/processes.ts";
import { testProject } from "../support/project.ts";

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("promise 6: a secret is nowhere but in its processes: no file, command line, event, log, history or error has it", async () => {
  const project = await testProject({ hasSecret: true, hasMigration: true, hasCheck: true, healthTimeout: "600ms" });
  project.version("one", { tells: true });
  const said = [await project.ok("ship", "--json"), await project.run("status", "--json")];
  project.version("two", { tells: true, isSick: true });
  said.push(await project.run("ship"), await project.run("ship", "--json"));
  project.version("three", { tells: true, check: false });
  said.push(await project.run("ship"), await project.run("logs", "staging"), await project.run("history", "--json"));
  said.push(
    await project.run("explain", "1"),
    await project.run("plan", "--json"),
    await project.run("release", "list", "--json"),
  );

  for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(project.secret);
  expect(said[3]?.stdout).toContain("[secret]");
  for (const { pid } of processesIn(project.parent)) {
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(project.secret);
  }
  // Also what a service prints itself.
  for (const file of [...filesBelow(project.stateHome), ...filesBelow(project.checkoutFolder)])
    expect(readFileSync(file, "latin1"), file).not.toContain(project.secret);
});

test("what a service writes while nobody of Tidegate lives is shown once somebody does, without its secrets", async () => {
  const project = await testProject({ hasSecret: true });
  project.define(["staging"]);
  project.version("one", { tells: true });
  await project.ok("ship");
  await project.kill(project.agent);
  await project.killGateway();
  const [instance] = (await project.status()).instances;
  const variables = readFileSync(`/proc/${instance!.pid}/environ`, "utf8").split("\0");
  const token = variables.find((variable) => variable.startsWith("TOKEN="))?.slice("TOKEN=".length);
  expect(token).toContain(project.secret);
  for (let n = 1; n <= 3; n++) {
    const said = `once more ${n}`;
    // Through its own output, as it was given to it: nothing of Tidegate takes part.
    appendFileSync(`/proc/${instance!.pid}/fd/1`, `${said} ${token}\n`);
  }
  for (const file of [...filesBelow(project.stateHome), ...filesBelow(project.checkoutFolder)])
    expect(readFileSync(file, "latin1"), file).not.toContain(project.secret);
  const lines = (await project.ok("logs", "staging")).stdout.split("\n");
  expect(lines.filter((line) => line.includes("once more"))).toEqual([
    "once more 1 [secret]",
    "once more 2 [secret]",
    "once more 3 [secret]",
  ]);
  expect((await project.ok("logs", "staging")).stdout.split("\n")).toEqual(lines);
  for (const file of [...filesBelow(project.stateHome), ...filesBelow(project.checkoutFolder)])
    expect(readFileSync(file, "latin1"), file).not.toContain(project.secret);
});

test("neither the agent nor the gateway inherits anything of the caller that was not meant for them", async () => {
  const marks = { TIDEGATE_PROCESS: "some/instance", TIDEGATE_TASK: "some-task", AWS_SECRET_ACCESS_KEY: "not yours" };
  const project = await testProject({ hasSecret: true, env: marks });
  project.define(["staging"]);
  await project.ok("ship");
  for (const pid of [project.agent, ...project.gateways]) {
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    for (const unwanted of [...Object.values(marks), project.secret]) {
      expect(variables.filter((variable) => variable.includes(unwanted))).toEqual([]);
    }
  }
});

test("after a restart of the machine secrets cannot be read: it is said clearly, and deploying again works", async () => {
  const project = await testProject({ hasSecret: true });
  project.define(["staging"]);
  await project.ok("ship");
  for (const { pid } of processesIn(project.parent)) await project.kill(pid);
  for (const folder of readdirSync(join(project.parent, "run")))
    rmSync(join(project.parent, "run", folder), { recursive: true });

  const down = await project.status();
  expect(down).toMatchObject({ state: "down", secretsLost: true });
  const command = `tidegate deploy staging --release ${down.release!.replace("sha256:", "").slice(0, 8)}`;
  expect((await project.run("status")).stdout).toContain(command);
  expect((await project.run("doctor")).stdout).toContain(command);
  const started = await project.run("env", "start", "staging");
  expect(started.code).toBe(4);
  expect(started.stderr).toContain("error[secret-unreadable]");
  expect(started.stderr).toContain(command);
  await project.ok("deploy", "staging");
  expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
  expect(await project.label()).toBe("one");
});
