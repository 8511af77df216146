import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DriftReport } from "../../src/environment/drift/report.ts";
import { type TestProject, testProject } from "../support/project.ts";

/** What drift says of staging. */
async function driftOf(project: TestProject): Promise<DriftReport & { readonly code: number }> {
  const { stdout, stderr, code } = await project.run("drift", "staging", "--json");
  if (stdout === "") throw new Error(`${code} ${stderr}`);
  return { ...JSON.parse(stdout), code };
}

test("promise 18: nothing has drifted after a deployment, and every check that there is was made", async () => {
  const project = await testProject({ replicas: 2, hasSecret: true });
  await project.ok("ship", "staging");
  const report = await driftOf(project);
  expect(report).toMatchObject({ code: 0, verdict: "none", standing: "serving", findings: [] });
  // Of each of 2 instances: that it runs, release, command, folder, user, what it was started with, what it has. Of the
  // environment: no others, its address, the one route, the files of the release.
  expect(report.coverage).toEqual({ checked: 18, total: 18, unchecked: [] });
});

test("a process that was killed while nobody looks after it is missing, and what only it could tell is not checked", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  const { instances } = await project.status();
  await project.kill(project.agent);
  await project.kill(instances[0]!.pid);
  const report = await driftOf(project);
  expect(report).toMatchObject({
    code: 3,
    findings: [{ drift: "missing", service: "web", instance: "d1-web-1" }],
  });
  expect(report.coverage).toMatchObject({ checked: 5, total: 11 });
});

test("an edited file of the release on disk is found", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  const copies = join(project.stateFolder, "environments", "staging", "releases");
  const [copy] = readdirSync(copies).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const file = join(copies, copy!, "dist", "version.json");
  chmodSync(file, 0o644);
  writeFileSync(file, `${readFileSync(file, "utf8")} `);
  const report = await driftOf(project);
  expect(report.findings).toMatchObject([{ drift: "files", deviation: { changed: ["dist/version.json"] } }]);
});
