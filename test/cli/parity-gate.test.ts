import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ParityReport } from "../../src/environment/parity/report.ts";
import { findPrograms } from "../../src/resources/postgres/server/programs.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";
import { unavailable } from "../support/require.ts";

interface Choices {
  readonly ttl?: number;
  readonly level?: readonly [staging: string, production: string];
  /** The major version of its database; absent: it has none. */
  readonly database?: string;
}

/** A project whose production comes after its staging, with a config. */
async function configured(choices: Choices = {}): Promise<TestProject> {
  const project = await testProject({ env: { STAGING_TOKEN: "hunter2-hunter2", PRODUCTION_TOKEN: "hunter3-hunter3" } });
  define(project, choices);
  return project;
}

function define(project: TestProject, { ttl = 60, level = ["debug", "info"], database }: Choices): void {
  const one = (name: "staging" | "production", value: string, rest: string) =>
    `${name}: { driver: local({ url: "${project.url(name, "")}" }), strategy: rolling(), protected: false, config: { LEVEL: "${value}" }, ${rest} },`;
  writeFileSync(
    join(project.folder, "tidegate.config.ts"),
    `import { defineProject, differs, local, postgres, rolling, secret, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
${database ? `const db = postgres({ version: "${database}" });` : "void postgres;"}
const web = service({ run: "node dist/server.mjs", files: ["dist/"], health: "/healthz", grace: "2s", ${database ? "uses: { DATABASE_URL: db }" : ""} });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web },
  ${database ? "resources: { db }," : ""}
  config: {
    LEVEL: differs(z.string(), "staging is chatty on purpose"),
    TTL: z.coerce.number().default(${ttl}),
    TOKEN: secret(z.string().min(8)),
  },
  environments: { ${one("staging", level[0], "")} ${one("production", level[1], `after: "staging"`)} },
});
`,
  );
}

test("promise 9: a value that staging does not run with comes to production only through staging", async () => {
  const project = await configured();
  const shipped = await project.ok("ship");
  expect(shipped.stderr + shipped.stdout).toContain("production | ✔ parity with staging: equal except for");

  define(project, { ttl: 90 });
  const refused = await project.run("deploy", "production");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("TTL would differ between staging and production, but nothing declares that it may");
  expect(refused.stderr).toContain("staging: 60");
  expect(refused.stderr).toContain("tidegate deploy staging");
  const [, plan] = await project.json<{ refused: { code: string }[] }>("plan");
  expect(plan?.refused.map(({ code }) => code)).toEqual(["parity-violated"]);
  expect(await project.json("history", "production")).toHaveLength(1);

  await project.ok("deploy", "staging");
  expect((await project.run("parity")).code).toBe(3);
  await project.ok("deploy", "production");
  const equal = await project.run("parity", "staging", "production");
  expect(equal.stdout).toMatch(/production {2}what serves: release [0-9a-f]{8}, deployment 4/);
  expect(equal).toMatchObject({ code: 0, stdout: expect.stringContaining("equal except where declared") });
  expect(equal.stdout + JSON.stringify(await project.json("parity"))).not.toContain("hunter");
});

test("promise 18: what is set by hand for one deployment passes, is told, and is a violation as long as it serves", async () => {
  const project = await configured();
  await project.ok("ship");
  const told = await project.ok("deploy", "production", "--set", "TTL=5");
  expect(told.stderr + told.stdout).toContain("production | ! TTL: set by hand for this deployment");
  const { code, stdout } = await project.run("parity");
  expect(code).toBe(3);
  expect(stdout).toContain("was set by hand for what is serving");

  await project.ok("deploy", "staging", "--set", "TTL=7");
  const refused = await project.run("deploy", "production");
  expect(refused).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("TTL was set by hand for what is serving in staging"),
  });
  await project.ok("deploy", "production", "--set", "TTL=7");
  await project.ok("rollback", "production");
});

test("promise 18: the version that a database answers with is compared, and one that does not answer refuses the deployment", async (context) => {
  const [found] = await findPrograms([]);
  if (found === undefined) return unavailable(context, "there is no PostgreSQL: apt-get install postgresql");
  const project = await configured({ database: found.major });
  await project.ok("ship");
  const [report] = await project.json<ParityReport>("parity");
  const row = report?.rows.find(({ key }) => key === "db seen");
  const version = { state: "set", text: expect.stringMatching(`^${found.major}`), expected: found.major };
  expect(row).toMatchObject({ verdict: "equal", cells: [version, version, { state: "notCompared" }] });

  await project.kill(project.agent);
  stopDatabase(project, found.major);
  const refused = await project.run("deploy", "production");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(/^error\[parity-unknown\][\s\S]*tidegate env start staging/);
  await project.ok("env", "start", "staging");
  // The agent brings the server up on its own time.
  await eventually(() => project.ok("deploy", "production"));
});

/** Ends the server with everything that uses it, as a machine that loses power does. */
function stopDatabase(project: TestProject, major: string): void {
  const record = join(project.stateFolder, "resources", `postgres-${major}`, "server.json");
  const { home } = JSON.parse(readFileSync(record, "utf8")) as { home: string };
  const [pid = ""] = readFileSync(join(home, "data", "postmaster.pid"), "utf8").split("\n");
  process.kill(Number(pid), "SIGKILL");
}
