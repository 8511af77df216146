import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { identityOf } from "../../src/process/identity.ts";
import { changeTable, driftOf } from "../support/drift.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";
import { removeTree } from "../support/remove-tree.ts";

/** An instance's process as somebody would start it by hand, taken for the instance from now on. */
async function replaceProcess(
  project: TestProject,
  how: {
    readonly env?: Record<string, string>;
    readonly cwd?: string;
    readonly uid?: number;
    readonly command?: readonly [string, ...string[]];
  },
): Promise<number> {
  const path = join(project.stateFolder, "instances", "staging", "d1-web-1", "instance.json");
  const record = JSON.parse(readFileSync(path, "utf8"));
  const { pid } = record.progress.process;
  const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
  const env = Object.fromEntries(entries.map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]));
  const cwd = how.cwd ?? readlinkSync(`/proc/${pid}/cwd`);
  await project.kill(project.agent);
  await project.kill(pid);
  const [file, ...args] = how.command ?? ["node", "dist/server.mjs"];
  const child = spawn(file, args, {
    cwd,
    env: { ...env, ...how.env },
    detached: true,
    stdio: "ignore",
    ...(how.uid === undefined ? {} : { uid: how.uid }),
  });
  child.unref();
  await eventually(() => expect(readFileSync(`/proc/${child.pid}/cmdline`, "utf8")).toContain(args[0] ?? file));
  record.progress = { state: "running", process: identityOf(child.pid!) };
  writeFileSync(path, JSON.stringify(record));
  return child.pid!;
}

function editRelease(project: TestProject): void {
  const copies = join(project.stateFolder, "environments", "staging", "releases");
  const copy = readdirSync(copies).find((name) => /^[0-9a-f]{64}$/.test(name));
  const file = join(copies, copy!, "dist", "version.json");
  chmodSync(file, 0o644);
  writeFileSync(file, `${readFileSync(file, "utf8")} `);
}

const named = { service: "web", instance: "d1-web-1" };

test("promise 18: nothing has drifted after a deployment, and every check that there is was made", async () => {
  const project = await testProject({ replicas: 2, hasSecret: true });
  await project.ok("ship", "staging");
  const report = await driftOf(project);
  expect(report).toMatchObject({ code: 0, verdict: "none", standing: "serving", findings: [] });
  // Of each of 2 instances: that it runs, release, command, folder, user, what it was started with, what it has. Of the
  // environment: no others, its address, the one route, the files of the release.
  expect(report.coverage).toEqual({ checked: 18, total: 18, unchecked: [] });
});

test("a process that was killed while nobody looks after it is missing, what only it could tell is not checked, and --fix starts it", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  const { instances } = await project.status();
  await project.kill(project.agent);
  await project.kill(instances[0]!.pid);
  const report = await driftOf(project);
  expect(report).toMatchObject({ code: 3, findings: [{ drift: "missing", ...named }] });
  expect(report.coverage).toMatchObject({ checked: 5, total: 11 });
  expect(await driftOf(project, "--fix")).toMatchObject({ code: 0, verdict: "none", deployment: 1 });
});

test("a process that somebody restarted with another variable is found without a value being told, and replaced", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  await replaceProcess(project, { env: { TIDEGATE_RELEASE: "sha256:other", NODE_DEBUG: "hunter2-hunter2" } });
  const report = await driftOf(project);
  expect(report.findings).toEqual([
    { drift: "runsOtherwise", ...named, key: "NODE_DEBUG", how: "added" },
    { drift: "runsOtherwise", ...named, key: "TIDEGATE_RELEASE", how: "changed" },
  ]);
  expect(report.coverage).toEqual({ checked: 11, total: 11, unchecked: [] });
  expect(JSON.stringify(report)).not.toContain("hunter2");
  expect(await driftOf(project, "--fix")).toMatchObject({ code: 0, findings: [], deployment: 2 });
});

test("another command, working folder and user of an instance's process are found", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  const isRoot = process.getuid?.() === 0;
  await replaceProcess(project, { command: ["sleep", "600"], cwd: "/", ...(isRoot ? { uid: 65_534 } : {}) });
  const { findings } = await driftOf(project);
  expect(findings).toMatchObject([
    { drift: "otherCommand", program: "sleep" },
    { drift: "otherFolder", folder: "/" },
    ...(isRoot ? [{ drift: "otherUser", user: 65_534 }] : []),
  ]);
  await project.ok("drift", "staging", "--fix");
});

test("a process that does not bear its instance's mark was not started by Tidegate: it is told, and left to people", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  const pid = await replaceProcess(project, { env: { TIDEGATE_PROCESS: "none" } });
  expect(await driftOf(project)).toMatchObject({ code: 3, findings: [{ drift: "foreign", pid }] });
  expect(await driftOf(project, "--fix")).toMatchObject({ code: 3, findings: [{ drift: "foreign", pid }] });
  expect(identityOf(pid)).toBeDefined();
});

test("promise 12: edited files of a release are found and mended by new instances from a new copy, and no request is lost", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  editRelease(project);
  expect((await driftOf(project)).findings).toMatchObject([
    { drift: "files", deviation: { changed: ["dist/version.json"] } },
  ]);
  const load = project.load();
  const mended = await project.ok("drift", "staging", "--fix");
  expect(mended.stdout).toContain("no drift (11 of 11 checks made)");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  const history = await project.json("history", "staging");
  expect(history).toMatchObject([
    { event: { type: "driftMended", subjects: ["files"], left: [] } },
    { kind: "mend", end: { outcome: "deployed" } },
    { kind: "deploy" },
  ]);
});

test("routes that somebody changed in the gateway are found and taken back without replacing anything", async () => {
  const project = await testProject({ replicas: 2 });
  await project.ok("ship", "staging");
  await changeTable(project, (table) => ({
    ...table,
    routes: table.routes.flatMap((route) => [
      { ...route, pools: route.pools.map((pool) => ({ ...pool, backends: pool.backends.slice(1) })) },
      { ...route, prefix: "/secret" as const },
    ]),
  }));
  expect((await driftOf(project)).findings).toEqual([
    { drift: "route", route: "/secret", how: "added" },
    { drift: "route", route: "/", how: "instances" },
  ]);
  expect(await driftOf(project, "--fix")).toMatchObject({ code: 0, findings: [], deployment: 1 });
});

test("an environment that is stopped has not drifted, and that nothing runs there is looked at all the same", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  await project.ok("env", "stop", "staging");
  expect(await driftOf(project)).toMatchObject({ code: 0, standing: "stopped", coverage: { checked: 2, total: 2 } });
});

test("known drift is told with its reason and is no alarm; what is known for nothing, or no longer, is", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  editRelease(project);
  const file = join(project.folder, "tidegate.config.ts");
  const definition = readFileSync(file, "utf8");
  const withKnown = (list: string) =>
    writeFileSync(
      file,
      definition
        .replace("import { check,", "import { known, check,")
        .replace("staging: {", `staging: { drift: [${list}],`),
    );
  withKnown('known("files", "a hot fix, ticket 12", { until: "2999-01-01" })');
  expect(await driftOf(project)).toMatchObject({ code: 0, findings: [], known: [{ finding: { drift: "files" } }] });
  expect((await project.ok("drift", "staging")).stdout).toContain("known: a hot fix, ticket 12, until 2999-01-01");
  withKnown('known("files", "a hot fix", { until: "2020-01-01", owner: "ops" }), known("routes", "x")');
  expect(await driftOf(project)).toMatchObject({
    code: 3,
    findings: [{ drift: "files" }],
    stale: [{ how: "expired" }, { how: "notNeeded" }],
  });
  withKnown('known("environment.wep.LEVEL", "a typo")');
  expect(await project.run("check")).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "web"?') });
  writeFileSync(file, definition);
});

test("data that somebody removed is lost, not brought back: it is told until it is restored, and nothing empty takes its place", async () => {
  const project = await withFolder();
  await project.ok("ship", "staging");
  expect(await driftOf(project)).toMatchObject({ code: 0, coverage: { checked: 12, total: 12 } });
  const kept = dataFolder(project);
  writeFileSync(join(kept, "photo"), "precious");
  await project.ok("env", "backup", "staging");
  removeTree(kept);
  const lost = { code: 3, findings: [{ drift: "resourceLost", resource: "uploads", snapshot: 1 }] };
  expect(await driftOf(project)).toMatchObject(lost);
  expect(await driftOf(project, "--fix")).toMatchObject(lost);
  expect(existsSync(kept)).toBe(false);
  project.version("two");
  expect(await project.run("ship", "staging")).toMatchObject({ stderr: expect.stringContaining("resource-gone") });
  expect(existsSync(kept)).toBe(false);
  await project.ok("env", "restore", "staging", "--resource", "uploads", "--at", "1", "--yes");
  expect(readFileSync(join(kept, "photo"), "utf8")).toBe("precious");
  expect(await driftOf(project)).toMatchObject({ code: 0, findings: [] });
});

test("what is gone with its data is made anew, empty, for who says that this will do", async () => {
  const project = await withFolder();
  await project.ok("ship", "staging");
  removeTree(join(project.stateFolder, "resources"));
  expect(await driftOf(project)).toMatchObject({ code: 3, findings: [{ drift: "resourceLost", resource: "uploads" }] });
  expect(await driftOf(project, "--fix", "--empty")).toMatchObject({ code: 0, findings: [], deployment: 1 });
});

test("what an environment was made with is looked at before anything is deployed to it, and mended", async () => {
  const project = await withFolder();
  await project.ok("env", "create", "staging");
  const kept = dataFolder(project);
  expect(await driftOf(project)).toMatchObject({
    code: 0,
    standing: "nothingDeployed",
    coverage: { checked: 3, total: 3 },
  });
  chmodSync(kept, 0o755);
  expect(await driftOf(project)).toMatchObject({
    code: 3,
    findings: [{ drift: "resourceAltered", resource: "uploads" }],
  });
  expect(await driftOf(project, "--fix")).toMatchObject({ code: 0, findings: [] });
  await project.ok("ship", "staging");
  await project.ok("env", "stop", "staging");
  chmodSync(kept, 0o755);
  expect(await driftOf(project)).toMatchObject({ code: 3, standing: "stopped" });
  expect(await driftOf(project, "--fix")).toMatchObject({ code: 0, standing: "stopped", findings: [] });
});

async function withFolder(): Promise<TestProject> {
  const project = await testProject();
  const file = join(project.folder, "tidegate.config.ts");
  const definition = readFileSync(file, "utf8")
    .replace("import { check,", "import { folder, check,")
    .replace("services: {", "resources: { uploads: folder() },\n  services: {");
  writeFileSync(file, definition);
  return project;
}

/** Where the one folder resource of staging has its data. */
function dataFolder(project: TestProject): string {
  const resources = join(project.stateFolder, "resources");
  const found = readdirSync(resources, { recursive: true, withFileTypes: true }).find((entry) => entry.name === "data");
  return join(found!.parentPath, "data");
}
