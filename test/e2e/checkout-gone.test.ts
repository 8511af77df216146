import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binFile, type CliResult, runCli } from "../support/cli.ts";
import { eventually, shell, type TestProject, testProject } from "../support/project.ts";

const git = (folder: string, ...args: string[]) =>
  shell("git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", ...args);

/** A project that serves staging, with or without a repository. */
async function serving(hasGit = true): Promise<TestProject> {
  const project = await testProject();
  project.define(["staging"]);
  if (hasGit) {
    writeFileSync(join(project.folder, ".gitignore"), ".tidegate/\ndist/\n");
    git(project.folder, "init", "--quiet");
    git(project.folder, "add", "--all");
    git(project.folder, "commit", "--quiet", "--message", "one");
  }
  await project.ok("ship");
  return project;
}

const at = (project: TestProject, folder: string, ...args: string[]): Promise<CliResult> =>
  runCli(args, { cwd: folder, env: project.env });

/** That the folder's status is the whole truth: it serves, all is well, the same processes. */
async function expectServing(project: TestProject, folder: string, pids: readonly unknown[]): Promise<void> {
  const told = await at(project, folder, "status", "staging", "--json");
  expect(told.code, told.stdout + told.stderr).toBe(0);
  const status = JSON.parse(told.stdout);
  expect(status).toMatchObject({ state: "serving", problems: [] });
  expect(status.instances.map(({ pid }: { pid: number }) => pid)).toEqual(pids);
}

const pidsOf = async (project: TestProject) => (await project.status()).instances.map(({ pid }) => pid);

test.each<[string, boolean, (project: TestProject) => string]>([
  [
    "git clean -ffdx",
    true,
    ({ folder }) => {
      git(folder, "clean", "-ffdxq");
      return folder;
    },
  ],
  [
    "rm -rf .tidegate",
    true,
    ({ folder }) => {
      rmSync(join(folder, ".tidegate"), { recursive: true });
      return folder;
    },
  ],
  [
    "rm -rf .tidegate without git",
    false,
    ({ folder }) => {
      rmSync(join(folder, ".tidegate"), { recursive: true });
      return folder;
    },
  ],
  [
    "mv of the folder",
    true,
    ({ folder, parent }) => {
      renameSync(folder, join(parent, "moved"));
      return join(parent, "moved");
    },
  ],
  [
    "mv of the folder without git",
    false,
    ({ folder, parent }) => {
      renameSync(folder, join(parent, "moved"));
      return join(parent, "moved");
    },
  ],
  [
    "a worktree",
    true,
    ({ folder, parent }) => {
      git(folder, "worktree", "add", "--quiet", join(parent, "tree"), "-b", "other");
      return join(parent, "tree");
    },
  ],
])(
  "promise 19: after %s status tells what serves, the next ship replaces it, no request is lost",
  async (_, hasGit, happen) => {
    const project = await serving(hasGit);
    const pids = await pidsOf(project);
    const load = project.load();
    const folder = happen(project);
    await expectServing(project, folder, pids);
    writeFileSync(join(folder, "src/version.json"), JSON.stringify({ label: "two" }));
    const shipped = await at(project, folder, "ship");
    expect(shipped.code, shipped.stderr).toBe(0);
    expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
    expect(await project.label()).toBe("two");
    // The end of the test is where the project is.
    if (folder !== project.folder && folder.endsWith("moved")) renameSync(folder, project.folder);
  },
);

test("promise 19: a second clone is told what serves, and deploys nothing before it is said where to", async () => {
  const project = await serving();
  const load = project.load();
  const id = project.stateFolder.slice(-12);
  const clone = join(project.parent, "clone");
  git(project.parent, "clone", "--quiet", project.folder, clone);
  for (const verb of ["status", "ship", "plan"]) {
    const refused = await at(project, clone, verb, ...(verb === "plan" ? ["staging"] : []));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("error[state-unclaimed]");
    expect(refused.stderr).toContain(`tidegate state use ${id}`);
    expect(refused.stderr).toContain("tidegate state new");
  }
  for (const verb of [["run"], ["check"]]) expect((await at(project, clone, ...verb)).code).toBe(0);
  const listed = JSON.parse((await at(project, clone, "state", "list", "--json")).stdout);
  expect(listed).toMatchObject({
    id,
    project: "small",
    serves: [{ environment: "staging", deployment: 1 }],
    here: false,
  });
  expect((await at(project, clone, "state", "use", id)).code).toBe(0);
  writeFileSync(join(clone, "src/version.json"), JSON.stringify({ label: "two" }));
  const shipped = await at(project, clone, "ship");
  expect(shipped.code, shipped.stderr).toBe(0);
  expect(await project.label()).toBe("two");
  expect(await project.status()).toMatchObject({ deployment: 2, state: "serving", problems: [] });
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
});

test("promise 19: a state of the version before that serves is moved out of the checkout without a lost request", async () => {
  const project = await serving();
  const pids = await pidsOf(project);
  await toOldLayout(project);
  const load = project.load();
  await expectServing(project, project.folder, pids);
  git(project.folder, "clean", "-ffdxq");
  await expectServing(project, project.folder, pids);
  project.version("two");
  await project.ok("ship");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  expect(await project.label()).toBe("two");
});

/** As the version before had it: everything in `.tidegate`. What runs was started from there, by what it knows. */
async function toOldLayout(project: TestProject): Promise<void> {
  const state = project.stateFolder;
  await project.kill(project.agent);
  cpSync(join(state, "key"), join(project.checkoutFolder, "key"));
  rmSync(join(state, "key"));
  rmSync(join(state, "project.json"));
  rmSync(join(project.folder, ".git/tidegate"), { recursive: true });
  shell("sh", "-c", `mv '${state}'/* '${project.checkoutFolder}'/ && rmdir '${state}'`);
  spawn(process.execPath, [join(binFile(), "../agent.js"), project.checkoutFolder, "0.0.1"], {
    cwd: project.checkoutFolder,
    env: { ...process.env, ...project.env },
    stdio: "ignore",
  });
  await eventually(() => expect(readFileSync(join(project.checkoutFolder, "agent.json"), "utf8")).toContain("0.0.1"));
}

test("promise 21: an old copy of the database downgrades nothing: what serves goes on, and every verb that deploys is refused", async () => {
  const project = await serving();
  const copy = join(project.parent, "copy");
  mkdirSync(copy);
  await project.ok("env", "start", "staging");
  await project.kill(project.agent);
  for (const name of ["state.db", "state.db-wal"]) copyFileSync(join(project.stateFolder, name), join(copy, name));
  project.version("two");
  await project.ok("ship");
  await project.kill(project.agent);
  for (const name of ["state.db", "state.db-wal", "state.db-shm"])
    rmSync(join(project.stateFolder, name), { force: true });
  for (const name of ["state.db", "state.db-wal"]) copyFileSync(join(copy, name), join(project.stateFolder, name));
  const load = project.load();
  const told = await project.run("status");
  expect(told.code).toBe(4);
  expect(told.stdout + told.stderr).toContain("state-outdated");
  for (const verb of [["ship"], ["deploy", "staging"], ["rollback", "staging"], ["env", "start", "staging"]]) {
    const refused = await project.run(...verb);
    expect(refused.code, refused.stderr).toBe(4);
    expect(refused.stderr).toContain("error[state-outdated]");
    expect(refused.stderr).toContain("tidegate state accept");
  }
  expect(await project.label()).toBe("two");
  await project.ok("state", "accept");
  project.version("three");
  await project.ok("ship");
  expect(await project.label()).toBe("three");
  expect(await load.stop()).toMatchObject({ lost: 0, reasons: [] });
  await eventually(async () => expect(await project.status()).toMatchObject({ state: "serving", problems: [] }));
});
