import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type TestProject, testProject } from "../support/project.ts";
import { removeTree } from "../support/remove-tree.ts";

async function serving(hasSecret = false): Promise<TestProject> {
  const project = await testProject({ hasSecret });
  project.define(["staging"]);
  await project.ok("ship");
  return project;
}

test("promise 21: a backup taken while everything runs brings back a state that was deleted; no request is lost", async () => {
  const project = await serving(true);
  const file = join(project.parent, "backup.db");
  const data = join(project.stateFolder, "environments/staging/data/kept");
  writeFileSync(data, "what the service keeps");
  const load = project.load();
  const [told] = await project.json("state", "backup", file);
  expect(told).toMatchObject({ type: "stateBackedUp", file });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "latin1")).not.toContain(project.secret);
  expect((await project.run("state", "backup", file)).stderr).toContain("error[file-exists]");
  await project.kill(project.agent);
  removeTree(project.stateFolder);
  const missing = await project.run("status");
  expect(missing.code).toBe(4);
  expect(missing.stderr).toContain("1 instance runs that no state knows about, and the gateway");
  await project.ok("state", "restore", file);
  await project.ok("state", "check");
  expect(readFileSync(data, "utf8")).toBe("what the service keeps");
  await project.ok("env", "start", "staging");
  await project.until("staging", ({ state, problems }) => state === "serving" && problems.length === 0);
  project.version("two");
  await project.ok("ship");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.label()).toBe("two");
});

test("a backup has what services keep, and not the releases that they run from, which are made again", async () => {
  const project = await serving();
  writeFileSync(join(project.stateFolder, "environments/staging/data/kept"), "what the service keeps");
  const file = join(project.parent, "backup.db");
  await project.ok("state", "backup", file);
  const archive = new DatabaseSync(file, { readOnly: true });
  const names = archive.prepare("SELECT name FROM sqlar WHERE name LIKE 'environments/%'").all();
  archive.close();
  expect(names).toEqual([{ name: "environments/staging/data/kept" }]);
});

test("promise 21: restoring a backup that is older than what serves downgrades nothing before that is accepted; the state of before is kept", async () => {
  const project = await serving();
  const file = join(project.parent, "backup.db");
  await project.ok("state", "backup", file);
  project.version("two");
  await project.ok("ship");
  const load = project.load();
  const restored = await project.run("state", "restore", file, "--json");
  expect(restored.code, restored.stderr).toBe(4);
  const { aside } = JSON.parse(restored.stdout.split("\n")[0] ?? "");
  expect(restored.stdout).toContain("state-outdated");
  expect((await project.run("ship")).stderr).toContain("error[state-outdated]");
  expect(await project.label()).toBe("two");
  const kept = new DatabaseSync(aside, { readOnly: true });
  expect(kept.prepare("SELECT max(id) AS id FROM deployment").get()).toEqual({ id: 2 });
  kept.close();
  await project.ok("state", "accept");
  project.version("three");
  await project.ok("ship");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.label()).toBe("three");
});

test("promise 17: a damaged backup changes nothing; state check names what is damaged", async () => {
  const project = await serving();
  const file = join(project.parent, "backup.db");
  await project.ok("state", "backup", file);
  const whole = readFileSync(file);
  for (const damage of [whole.subarray(0, whole.length / 2), Buffer.from("not a backup"), Buffer.alloc(0)]) {
    writeFileSync(file, damage);
    const refused = await project.run("state", "restore", file);
    expect(refused.code, refused.stderr).toBe(4);
    expect(refused.stderr).toContain("error[backup-damaged]");
  }
  expect(await project.status()).toMatchObject({ state: "serving", problems: [] });
  await project.ok("state", "check");
  const blobs = join(project.stateFolder, "blobs");
  const [blob] = readdirFiles(blobs);
  chmodSync(blob ?? "", 0o600);
  writeFileSync(blob ?? "", "something else");
  const checked = await project.run("state", "check");
  expect(checked.code).toBe(4);
  expect(checked.stderr).toContain("error[state-damaged]: A stored file is damaged");
});

function readdirFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[0-9a-f]{30,}/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
