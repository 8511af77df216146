import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type TestProject, testProject } from "../support/project.ts";

/** The project with a config, and a service that tells what it was given. */
async function configured(): Promise<TestProject> {
  const project = await testProject({ env: { STAGING_TOKEN: "hunter2-hunter2" } });
  const server = `import { createServer } from "node:http";
import { readFileSync } from "node:fs";
const { HOST, PORT, LEVEL, TIDEGATE_CONFIG_FILE: file } = process.env;
const answer = JSON.stringify({ LEVEL, file: JSON.parse(readFileSync(file, "utf8")) });
createServer((request, response) => response.end(answer)).listen(PORT, HOST);
process.on("SIGTERM", () => process.exit(0));
`;
  writeFileSync(join(project.folder, "src", "own.mjs"), server);
  define(project, "debug");
  return project;
}

function define(project: TestProject, level: string): void {
  writeFileSync(
    join(project.folder, "tidegate.config.ts"),
    `import { defineProject, differs, duration, local, rolling, secret, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/own.mjs", files: ["dist/"], grace: "2s", configFile: true });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web },
  config: {
    LEVEL: differs(z.string(), "x"),
    TTL: duration("30s"),
    TOKEN: secret(z.string().min(8)),
  },
  environments: {
    staging: {
      driver: local({ url: "http://127.0.0.1:${project.ports.staging}" }),
      strategy: rolling(),
      config: { LEVEL: "${level}" },
    },
  },
});
`,
  );
}

async function given(project: TestProject): Promise<{ LEVEL: string; file: Record<string, unknown> }> {
  return (await fetch(project.url(), { headers: { connection: "close" } })).json() as never;
}

async function record(project: TestProject, ...args: string[]) {
  const { stdout } = await project.run(...args, "--json");
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".json"));
}

test("config set by hand reaches the service typed, is told as drift and in the history, and rollback restores config with code", async () => {
  const project = await configured();
  await project.ok("ship");
  expect(await given(project)).toEqual({
    LEVEL: "debug",
    file: { LEVEL: "debug", TTL: 30_000, TOKEN: "hunter2-hunter2" },
  });
  expect((await record(project, "status"))[0].drift).toEqual([]);

  await project.ok("deploy", "staging", "--set", "LEVEL=info", "--set", "TTL=5m");
  expect(await given(project)).toMatchObject({ LEVEL: "info", file: { LEVEL: "info", TTL: 300_000 } });
  expect((await record(project, "status"))[0].drift).toEqual([
    { drift: "setByHand", key: "LEVEL", deployed: "info" },
    { drift: "setByHand", key: "TTL", deployed: "300000" },
  ]);
  expect((await project.ok("status")).stdout).toContain("LEVEL was set by hand to info");
  expect((await project.ok("config", "explain", "LEVEL")).stdout).toContain(
    "deployed with: info (deployment 2, set by hand)",
  );

  define(project, "warn");
  project.version("two");
  await project.ok("ship");
  expect(await given(project)).toMatchObject({ LEVEL: "warn", file: { TTL: 30_000 } });

  await project.ok("rollback", "staging");
  expect(await given(project)).toMatchObject({ LEVEL: "info", file: { TTL: 300_000, TOKEN: "hunter2-hunter2" } });
  const history = await record(project, "history");
  expect(
    history.map(({ id, config }) => [id, config.changes.map(({ key }: { key: string }) => key), config.set]),
  ).toEqual([
    [4, ["LEVEL", "TTL"], ["LEVEL", "TTL"]],
    [3, ["LEVEL", "TTL"], []],
    [2, ["LEVEL", "TTL"], ["LEVEL", "TTL"]],
    [1, [], []],
  ]);

  const run = join(project.parent, "run");
  expect(filesIn(run).length).toBe(1);
  await project.ok("env", "stop", "staging");
  expect(filesIn(run)).toEqual([]);
});

test("a deployment is refused before anything happens when what is set by hand does not fit, or is a secret", async () => {
  const project = await configured();
  await project.ok("ship");
  const refused = await project.run("deploy", "staging", "--set", "TTL=soon", "--set", "LEVEL=x");
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error[config-invalid]: TTL as set by hand"),
  });
  const secret = await project.run("deploy", "staging", "--set", "TOKEN=hunter3-hunter3");
  expect(secret).toMatchObject({ code: 2, stderr: expect.stringContaining("TOKEN is a secret") });
  expect(secret.stderr).not.toContain("hunter3");
  expect(await record(project, "history")).toHaveLength(1);
});

test("an instance that was started with something else than was deployed is drift, which its digests tell", async () => {
  const project = await configured();
  await project.ok("ship");
  const path = join(project.stateFolder, "instances", "staging", "d1-web-1", "instance.json");
  const instance = JSON.parse(readFileSync(path, "utf8"));
  expect(JSON.stringify(instance)).not.toMatch(/hunter2|debug/);
  instance.instance.startedWith.TOKEN = "keyed:another";
  writeFileSync(path, JSON.stringify(instance));
  expect((await record(project, "status"))[0].drift).toEqual([
    { drift: "startedOtherwise", service: "web", key: "TOKEN", instance: "d1-web-1" },
  ]);
});
