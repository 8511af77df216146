import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type TestProject, testProject } from "../support/project.ts";

interface Choices {
  readonly ttl?: number;
  readonly level?: readonly [staging: string, production: string];
  readonly more?: string;
}

/** A project whose production comes after its staging, with a config. */
async function configured(choices: Choices = {}): Promise<TestProject> {
  const project = await testProject({ env: { STAGING_TOKEN: "hunter2-hunter2", PRODUCTION_TOKEN: "hunter3-hunter3" } });
  define(project, choices);
  return project;
}

function define(project: TestProject, { ttl = 60, level = ["debug", "info"], more = "" }: Choices): void {
  const one = (name: "staging" | "production", value: string, rest: string) =>
    `${name}: { driver: local({ url: "${project.url(name, "")}" }), strategy: rolling(), config: { LEVEL: "${value}" }, ${rest} },`;
  writeFileSync(
    join(project.folder, "tidegate.config.ts"),
    `import { defineProject, differs, local, rolling, secret, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.mjs", files: ["dist/"], health: "/healthz", grace: "2s" });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web },
  config: {
    LEVEL: differs(z.string(), "staging is chatty on purpose"${more}),
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
  expect(refused.stderr).toContain("TTL would differ between staging and production, and nothing says that it may");
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
  expect(stdout).toContain("was set by hand for what serves");

  await project.ok("deploy", "staging", "--set", "TTL=7");
  const refused = await project.run("deploy", "production");
  expect(refused).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("TTL was set by hand for what serves in staging"),
  });
  await project.ok("deploy", "production", "--set", "TTL=7");
  await project.ok("rollback", "production");
});
