import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binFile } from "../support/cli.ts";
import { type EnvironmentName, shell, type TestProject, testProject } from "../support/project.ts";

async function note(project: TestProject, name: EnvironmentName, text: string): Promise<void> {
  const response = await fetch(project.url(name), { method: "POST", body: text, headers: { connection: "close" } });
  expect(response.status).toBe(200);
}

async function notes(project: TestProject, name: EnvironmentName): Promise<unknown> {
  const response = await fetch(project.url(name), { headers: { connection: "close" } });
  return response.json();
}

test("promise 20: a service that keeps SQLite beside its code keeps each environment's own through two ships and a rollback", async () => {
  const project = await testProject({ server: "notes.mjs", writes: ["dist/instance/"] });
  await project.ok("ship");
  await note(project, "staging", "s1");
  await note(project, "production", "p1");
  expect(await notes(project, "staging")).toEqual({ version: "one", notes: ["s1"] });
  project.version("two");
  await project.ok("ship");
  expect(await notes(project, "production")).toEqual({ version: "two", notes: ["p1"] });
  await note(project, "staging", "s2");
  await note(project, "production", "p2");
  await project.ok("rollback", "production");
  expect(await notes(project, "production")).toEqual({ version: "one", notes: ["p1", "p2"] });
  await note(project, "production", "p3");
  project.version("three");
  await project.ok("ship");
  expect(await notes(project, "production")).toEqual({ version: "three", notes: ["p1", "p2", "p3"] });
  expect(await notes(project, "staging")).toEqual({ version: "three", notes: ["s1", "s2"] });
  await project.ok("release", "verify");
});

test("promise 20: one that does not say where it writes cannot, and its failure has the line that is missing", async () => {
  const project = await testProject({ server: "notes.mjs", healthTimeout: "20s" });
  const { code, stderr } = await project.run("ship");
  expect(code, stderr).toBe(1);
  expect(stderr).toContain("error[instance-exited]");
  expect(stderr).toContain('service({ …, writes: ["dist/instance/"] })');
});

test("promise 20: what somebody changes in an unpacked release is told, and nothing starts from it", async () => {
  const project = await testProject({ replicas: 1 });
  project.define(["staging"]);
  await project.ok("ship");
  await project.ok("release", "verify");
  const copies = join(project.stateFolder, "environments", "staging", "releases");
  const copy = join(copies, readdirSync(copies).find((name) => !name.endsWith(".json"))!);
  for (const path of ["", "dist", "dist/server.mjs"]) chmodSync(join(copy, path), 0o755);
  appendFileSync(join(copy, "dist/server.mjs"), "\nprocess.exit(66);\n");
  appendFileSync(join(copy, "dist/more.mjs"), "");
  const { code, stderr } = await project.run("release", "verify");
  expect([code, stderr]).toEqual([1, expect.stringContaining("changed: dist/server.mjs\n")]);
  expect(stderr).toContain("added: dist/more.mjs");
  const [instance] = (await project.status()).instances;
  await project.kill(instance?.pid);
  await project.until("staging", ({ state, instances }) => state === "serving" && instances[0]?.pid !== instance?.pid);
  expect(await project.label()).toBe("one");
  await project.ok("release", "verify");
});

test.skipIf(process.getuid?.() !== 0)(
  "promise 20: as a normal user, too, modes keep a service from writing beside its code, and everything can be removed",
  async () => {
    const project = await testProject({ server: "notes.mjs", healthTimeout: "20s" });
    const nobody = { uid: Number(shell("id", "-u", "nobody")), gid: Number(shell("id", "-g", "nobody")) };
    shell("chown", "-R", `${nobody.uid}:${nobody.gid}`, project.parent);
    const as = (...args: string[]) => {
      const user = [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, "--clear-groups"];
      const { status, stderr } = spawnSync("setpriv", [...user, process.execPath, binFile(), ...args], {
        cwd: project.folder,
        encoding: "utf8",
        env: { PATH: process.env.PATH, ...project.env },
      });
      return { status, stderr };
    };
    const refused = as("ship");
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('writes: ["dist/instance/"]') });
    expect(as("env", "destroy", "--all", "--yes")).toMatchObject({ status: 0 });
    expect(existsSync(join(project.stateFolder, "environments", "staging"))).toBe(false);
    project.isGone = true;
  },
);
