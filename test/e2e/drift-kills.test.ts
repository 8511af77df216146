import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { identityOf } from "../../src/process/identity.ts";
import { binFile, runCli } from "../support/cli.ts";
import { changeTable, driftOf, environmentOf, redefine } from "../support/drift.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";
import { note, notes, resourceProject } from "../support/resource-project.ts";

const preload = pathToFileURL(join(import.meta.dirname, "../support/die-at.mjs")).href;
/** More steps than there are: a loop that never ends is a mistake in the loop. */
const most = 200;
/** Most kinds of steps come more than once. */
const stride = 2;

/** A command by an agent that dies before its nth step; what that was, or `undefined` when it had fewer. */
async function dying(
  project: TestProject,
  step: number,
  command: readonly string[] = ["drift", "staging", "--fix"],
  on: "all" | "resources" = "all",
): Promise<string | undefined> {
  const file = join(project.parent, "died");
  rmSync(file, { force: true });
  for (const pid of project.agents) await project.kill(pid);
  const env = { ...project.env, DIE_AT: String(step), DIE_NOTE: file, DIE_ON: on };
  const program = ["--import", preload, binFile()];
  await runCli(command, { cwd: project.folder, env, program });
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** What is mended in different ways: routes, files of the release, a folder of data that others can read, a process that bears a mark. */
async function tamper(project: TestProject): Promise<ChildProcess> {
  const { instances } = await project.status();
  const pid = instances[0]!.pid!;
  await changeTable(project, (table) => ({ ...table, routes: [] }));
  const copies = join(project.stateFolder, "environments", "staging", "releases");
  for (const copy of readdirSync(copies).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
    const file = join(copies, copy, "dist", "version.json");
    chmodSync(file, 0o644);
    writeFileSync(file, `${readFileSync(file, "utf8")} `);
  }
  const resources = readdirSync(join(project.stateFolder, "resources"), { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of resources) if (name === "data") chmodSync(join(parentPath, name), 0o755);
  const env = environmentOf(pid);
  const beside = spawn("sleep", ["600"], {
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    env,
    detached: true,
    stdio: "ignore",
  });
  await eventually(() => expect(environmentOf(beside.pid!).TIDEGATE_PROCESS).toBe(env.TIDEGATE_PROCESS));
  return beside;
}

test("promise 11: an agent that is killed at any second step of drift --fix: doing it again brings back what was deployed", async () => {
  const project = await testProject({ grace: "1s" });
  redefine(project, "import { check,", "import { folder, check,");
  redefine(project, "services: {", "resources: { uploads: folder() },\n  services: {");
  await project.ok("ship", "staging");
  const died: string[] = [];
  for (let step = 1; step < most; step += stride) {
    const beside = await tamper(project);
    onTestFinished(() => void beside.kill("SIGKILL"));
    const where = await dying(project, step);
    const when = `step ${step}: ${where}`;
    // What is left then is to clear away, and not for this. While a rollout is open it is not over, whatever is seen.
    const { verdict, standing } = await driftOf(project);
    const isMended = verdict === "none" && standing === "serving";
    expect(await driftOf(project, "--fix"), when).toMatchObject({ code: 0, verdict: "none", standing: "serving" });
    expect(await project.label(), when).toBe("one");
    // Where the killed one had mended all, nobody was needed since.
    if (isMended) await project.ok("env", "start", "staging");
    expect(await project.status(), when).toMatchObject({
      state: "serving",
      problems: [],
      instances: [{ routed: true }],
    });
    expect(identityOf(beside.pid!), when).toBeUndefined();
    if (where === undefined || isMended) break;
    died.push(where);
  }
  expect(died.length).toBeGreaterThan(20 / stride);
}, 1_800_000);

test.each([
  ["snapshot", ["env", "backup", "staging"]],
  ["restore", ["env", "restore", "staging", "--yes"]],
] as const)(
  "an interrupted %s is no drift: what it has in hand is not looked at, and --fix finishes it",
  async (work, command) => {
    const project = await resourceProject();
    await project.ok("ship");
    await note(project, "kept");
    await project.ok("env", "backup", "staging");
    let report = await driftOf(project);
    expect(report).toMatchObject({ code: 0, verdict: "none", coverage: { unchecked: [] } });
    const isInHand = () => report.coverage.unchecked.some(({ because }) => because === work);
    for (let step = 1; step < most && !isInHand(); step += 1) {
      await dying(project, step, command, "resources");
      report = await driftOf(project);
      expect(report.findings, `step ${step}`).toEqual([]);
    }
    expect(report.coverage.unchecked).toContainEqual({ dimension: "resources", object: "files", because: work });
    expect(await driftOf(project, "--fix")).toMatchObject({ code: 0, verdict: "none", coverage: { unchecked: [] } });
    expect(await notes(project)).toBe("kept kept");
  },
);
