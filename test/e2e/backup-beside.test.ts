import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { debianMajor, requireDebians } from "../resources/postgres-subject.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";

/** A service that uses a database and says what it was given. */
async function databaseProject(): Promise<TestProject> {
  const project = await testProject();
  writeFileSync(join(project.folder, "src", "web.mjs"), server);
  const definition = `import { defineProject, local, postgres, rolling, service, task } from "tidegate";
const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const db = postgres({ version: "${debianMajor}" });
const web = service({ run: "node dist/web.mjs", files: ["dist/"], health: "/healthz", grace: "2s", uses: { DATABASE_URL: db } });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web },
  resources: { db },
  environments: { staging: { driver: local({ url: "${project.url("staging", "")}" }), strategy: rolling() } },
});
`;
  writeFileSync(join(project.folder, "tidegate.config.ts"), definition);
  return project;
}

const server = `
import { createServer } from "node:http";
const { DATABASE_URL, PORT, HOST } = process.env;
createServer((_, response) => response.end(DATABASE_URL)).listen(Number(PORT), HOST);
process.on("SIGTERM", () => process.exit(0));
`;

/** Somebody who keeps a table to himself: pg_dump waits for him. */
async function lockedTable(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  await client.query("create table kept as select 1 as number");
  await client.query("begin");
  await client.query("lock table kept in access exclusive mode");
  return client;
}

test("a rollback, a restart and a deployment do not wait for a backup that takes its time", async (context) => {
  requireDebians(context);
  const project = await databaseProject();
  await project.ok("ship");
  const client = await lockedTable(await project.label());
  const backup = project.start("env", "backup", "staging");
  await eventually(async () => {
    const waiting = await client.query("select 1 from pg_locks where not granted");
    expect(waiting.rows).toHaveLength(1);
  });
  project.version("two");
  await project.ok("ship");
  await project.ok("rollback", "staging");
  const [before] = (await project.status()).instances;
  process.kill(before!.pid!, "SIGKILL");
  await project.until("staging", ({ instances: [now] }) => now?.healthy === true && now.pid !== before!.pid);
  expect(await project.json("env", "snapshots", "staging")).toEqual([]);
  await client.query("commit");
  expect(await backup.ended).toMatchObject({ code: 0 });
  expect(await project.json("env", "snapshots", "staging")).toMatchObject([{ because: "asked" }]);
});
