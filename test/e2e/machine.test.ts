import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { binFile } from "../support/cli.ts";
import { processesIn } from "../support/processes.ts";
import { eventually, shell, type TestProject, testProject } from "../support/project.ts";

const isRoot = process.getuid?.() === 0;
/** Why the tests that mount something cannot run here; undefined when they can. */
const cannotMount = isRoot && process.platform === "linux" ? whyNoMount() : "mounting needs root on Linux";
const mustAll = process.env.TIDEGATE_REQUIRE_ALL === "1";

if (cannotMount !== undefined && !mustAll) console.warn(`skipped: a full and a read-only disk, because ${cannotMount}`);

function whyNoMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-mount-"));
  try {
    shell("mount", "-t", "tmpfs", "tmpfs", folder);
    shell("umount", folder);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mounts: string[] = [];
const onMounts: TestProject[] = [];
// Registered after the one of the projects, so it runs before: folders are empty of mounts when they are removed.
afterEach(async () => {
  for (const project of onMounts.splice(0)) {
    await project.run("env", "destroy", "--all", "--yes");
    project.isGone = true;
  }
  for (const folder of mounts.splice(0)) shell("umount", "--lazy", folder);
});

/** A project whose state is on a disk of its own, of this many megabytes. */
async function onSmallDisk(megabytes: number, options: Parameters<typeof testProject>[0] = {}): Promise<TestProject> {
  const project = await testProject(options);
  project.define(["staging"]);
  mkdirSync(project.stateHome, { mode: 0o700 });
  shell("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", project.stateHome);
  mounts.push(project.stateHome);
  onMounts.push(project);
  return project;
}

/** Takes all the space that is left. */
function fill(project: TestProject): () => void {
  const file = join(project.stateHome, "ballast");
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    const { bavail, bsize } = statfsSync(project.stateHome);
    const blocks = Math.floor((bavail * bsize) / size);
    try {
      if (blocks > 0) shell("sh", "-c", `dd if=/dev/zero bs=${size} count=${blocks} 2>/dev/null >> "${file}"`);
    } catch {
      // Full.
    }
    if (statfsSync(project.stateHome).bavail === 0) break;
  }
  return () => rmSync(file, { force: true });
}

describe.skipIf(cannotMount !== undefined && !mustAll)("no space left", () => {
  test("promise 17: while a release is packed: it is said, nothing has changed, and it works once there is space", async () => {
    const project = await onSmallDisk(24);
    await project.ok("ship");
    const ballast = join(project.folder, "src", "big.bin");
    writeFileSync(ballast, Buffer.alloc(30 << 20, 7));
    const refused = await project.run("ship");
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("error[no-space]");
    expect(await project.label()).toBe("one");
    expect(await project.status()).toMatchObject({ state: "serving", deployment: 1 });
    rmSync(ballast);
    project.version("two");
    await project.ok("ship");
    expect(await project.label()).toBe("two");
  });

  test("promise 17: in the middle of a rollout: the one before serves; once there is space the next command finishes or takes back", async () => {
    const project = await onSmallDisk(24, { replicas: 2 });
    await project.ok("ship");
    project.version("two", { startsAfter: "now" });
    await project.ok("release");
    const load = project.load();
    const deploying = project.start("deploy", "staging");
    await deploying.until("d2-web-1 started");
    const free = fill(project);
    project.open("now");
    const { code, stderr } = await deploying.ended;
    expect(code, stderr).not.toBe(0);
    expect(stderr).toMatch(/error\[no-space\]/);
    await eventually(() => expect(load.finished).toBeGreaterThan(20));
    free();
    await project.ok("env", "start", "staging");
    const status = await project.until("staging", ({ state }) => state === "serving");
    expect(new Set(status.instances.map(({ release }) => release)).size).toBe(1);
    expect(status.problems).toEqual([]);
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    await project.ok("deploy", "staging");
    expect(await project.label()).toBe("two");
  });

  test("promise 17: when the agent was killed: what serves goes on serving, and is looked after again once there is space", async () => {
    const project = await onSmallDisk(24);
    await project.ok("ship");
    const free = fill(project);
    await project.kill(project.agent);
    const started = await project.run("env", "start", "staging");
    expect(await project.label()).toBe("one");
    if (started.code !== 0) expect(started.stderr).toContain("error[no-space]");
    free();
    await project.ok("env", "start", "staging");
    expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
  });
});

test.skipIf(cannotMount !== undefined && !mustAll)("a project on a read-only disk is refused clearly", async () => {
  const project = await testProject();
  project.define(["staging"]);
  shell("mount", "--bind", project.folder, project.folder);
  mounts.push(project.folder);
  shell("mount", "-o", "remount,ro,bind", project.folder);
  for (const verb of ["ship", "release"]) {
    const refused = await project.run(verb);
    expect(refused.code, refused.stderr).toBe(4);
    expect(refused.stderr).toContain("error[not-writable]");
  }
  // Looking writes nothing there.
  expect(await project.status()).toMatchObject({ state: "neverDeployed" });
  project.isGone = true;
});

test.skipIf(!isRoot && !mustAll)(
  "a normal user ships, in a folder whose name has spaces, quotes and other letters",
  async () => {
    const project = await testProject({ name: `it's "my" projéct 計画 $HOME` });
    const nobody = { uid: Number(shell("id", "-u", "nobody")), gid: Number(shell("id", "-g", "nobody")) };
    shell("chown", "-R", `${nobody.uid}:${nobody.gid}`, project.parent);
    const as = (...args: string[]) =>
      execFileSync(
        "setpriv",
        [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, "--clear-groups", process.execPath, binFile(), ...args],
        {
          cwd: project.folder,
          encoding: "utf8",
          env: { PATH: process.env.PATH, ...project.env },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
    as("ship");
    expect(await project.label("production")).toBe("one");
    project.version("two");
    chownSync(join(project.folder, "src", "version.json"), nobody.uid, nobody.gid);
    as("ship");
    expect(await project.label("production")).toBe("two");
    as("rollback", "production");
    expect(await project.label("production")).toBe("one");
    expect(JSON.parse(as("status", "production", "--json"))).toMatchObject({ state: "serving", problems: [] });
    as("env", "destroy", "--all", "--yes");
    project.isGone = true;
  },
);

test.skipIf(!isRoot && !mustAll)("a folder that belongs to somebody else is refused clearly", async () => {
  const project = await testProject();
  const run = mkdtempSync(join(tmpdir(), "tidegate-run-"));
  onTestFinished(() => rmSync(run, { recursive: true, force: true }));
  shell("chmod", "711", project.parent);
  const uid = shell("id", "-u", "nobody").trim();
  let stderr = "";
  let code = 0;
  try {
    execFileSync("setpriv", [`--reuid=${uid}`, "--clear-groups", process.execPath, binFile(), "ship"], {
      cwd: project.folder,
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: run },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    ({ stderr, status: code } = error as { stderr: string; status: number });
  }
  expect(code, stderr).toBe(4);
  expect(stderr).toContain("error[not-writable]");
  project.isGone = true;
});

test("old deployments leave nothing behind but their history", async () => {
  const project = await testProject({ hasSecret: true, hasMigration: true });
  project.define(["staging"]);
  for (let number = 1; number <= 8; number += 1) {
    project.version(`version ${number}`);
    await project.ok("ship");
  }
  const below = (...names: string[]) =>
    readdirSync(join(project.stateFolder, ...names)).filter((name) => !name.startsWith("."));
  const copies = below("environments", "staging", "releases");
  expect(copies.filter((name) => !name.endsWith(".json"))).toHaveLength(5);
  expect(copies).toHaveLength(10);
  expect(below("sealed")).toHaveLength(5);
  expect(below("instances", "staging")).toHaveLength(5);
  expect(below("jobs", "staging")).toHaveLength(5);
  expect(await project.json("history")).toHaveLength(8);
  for (const label of ["version 7", "version 6", "version 5"]) {
    await project.ok("rollback", "staging");
    expect(await project.label()).toBe(label);
  }
  await project.ok("env", "destroy", "staging", "--yes");
  expect(below("sealed")).toEqual([]);
  expect(below("instances", "staging")).toEqual([]);
  expect(existsSync(join(project.stateFolder, "environments", "staging"))).toBe(false);
  expect(processesIn(project.parent)).toEqual([]);
});
