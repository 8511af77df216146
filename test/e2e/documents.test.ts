import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Facts } from "../../src/documents/facts/facts.ts";
import type { DoraFigures } from "../../src/documents/facts/measured.ts";
import { testProject } from "../support/project.ts";

test("what happened to a real environment stands in the figures and in the documents", async () => {
  const project = await testProject({ hasSecret: true, hasCheck: true });
  await project.ok("ship");
  project.version("two");
  await project.ok("ship");
  await project.ok("rollback", "production");
  project.version("three");
  await project.ok("ship", "--remediates", "4", "--unplanned");

  const [figures] = await project.json<DoraFigures>("dora");
  expect(figures).toMatchObject({
    environment: "production",
    deploymentsPerWeek: { times: 3 },
    changeFailRate: { value: 0.33, times: 3 },
    reworkRate: { value: 0.33, times: 3 },
    recoveryMs: { times: 1 },
  });

  await project.ok("docs", "--out", "docs");
  const { measured, observed } = JSON.parse(
    readFileSync(join(project.folder, "docs/tidegate.facts.json"), "utf8"),
  ) as Facts;
  expect(measured.environments[1]).toMatchObject({
    name: "production",
    deployments: 3,
    rolledBack: 1,
    rollbackP99: { times: 1 },
    gates: [{ name: "smoke", passed: true }],
  });
  expect(observed.environments).toMatchObject([{ state: "serving" }, { state: "serving" }]);
  expect(observed.drift?.map(({ found }) => found)).toEqual([[], []]);
  expect(observed.parity?.pairs).toMatchObject([{ a: "staging", b: "production", violations: [] }]);
  for (const name of ["DevOps_Pipeline_Specifications.md", "Configuration_Management_Plan.json", "tidegate.facts.json"])
    expect(readFileSync(join(project.folder, "docs", name), "utf8")).not.toContain(project.secret);
  await project.ok("docs", "--check", "--out", "docs");
});

test("a deployment cannot remedy one that never was", async () => {
  const project = await testProject();
  const { code, stderr } = await project.run("ship", "--remediates", "99");
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error\[unknown-deployment\]: There is no deployment 99 to remediate/);
});
