import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { binFile, runCli } from "../support/cli.ts";
import type { TestProject } from "../support/project.ts";
import { note, notes, resourceProject } from "../support/resource-project.ts";

interface Snapshot {
  readonly id: number;
}

interface ResourceState {
  readonly resources: readonly {
    readonly name: string;
    readonly state: string;
    readonly problems: readonly string[];
  }[];
}

const preload = pathToFileURL(join(import.meta.dirname, "../support/die-at.mjs")).href;
/** More steps than any of these has: a loop that never ends is a mistake in the loop. */
const most = 60;

/** The command with an agent that dies before its nth step; what that was, or `undefined` when it had fewer. */
async function dying(project: TestProject, step: number, ...args: string[]): Promise<string | undefined> {
  const file = join(project.parent, "died");
  rmSync(file, { force: true });
  await endAgent(project);
  const env = { ...project.env, DIE_AT: String(step), DIE_NOTE: file };
  await runCli(args, { cwd: project.folder, env, program: ["--import", preload, binFile()] });
  if (!existsSync(file)) await endAgent(project);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

async function endAgent(project: TestProject): Promise<void> {
  for (const pid of project.agents) await project.kill(pid);
}

async function resources(project: TestProject): Promise<ResourceState["resources"]> {
  const [status] = await project.json<ResourceState>("status", "staging");
  return status?.resources ?? [];
}

/** The same once nothing is being saved any more: that goes on beside everything else. */
async function settled(project: TestProject): Promise<ResourceState["resources"]> {
  for (;;) {
    const now = await resources(project);
    if (now.every(({ state }) => state !== "saving")) return now;
  }
}

const well = [{ name: "files", state: "ready", problems: [] }];

function leftOf(project: TestProject): string[] {
  return ["resources", "snapshots"].flatMap((name) => {
    const folder = join(project.stateFolder, name);
    return existsSync(folder) ? readdirSync(folder) : [];
  });
}

describe("promise 11: an agent that is killed at any step", { timeout: 400_000 }, () => {
  test("of making an environment: making it again makes it, and destroying it leaves nothing", async () => {
    const project = await resourceProject();
    const died: string[] = [];
    for (let step = 1; step < most; step += 1) {
      const where = await dying(project, step, "env", "create", "staging");
      await project.ok("env", "create", "staging");
      expect(await resources(project), where).toMatchObject(well);
      await project.ok("env", "destroy", "staging", "--yes");
      expect(leftOf(project), where).toEqual([]);
      if (where === undefined) break;
      died.push(where);
    }
    expect(died.length).toBeGreaterThan(2);
  });

  test("of destroying one: destroying it again leaves nothing", async () => {
    const project = await resourceProject();
    const died: string[] = [];
    for (let step = 1; step < most; step += 1) {
      await project.ok("env", "create", "staging");
      await project.ok("env", "backup", "staging");
      const where = await dying(project, step, "env", "destroy", "staging", "--yes");
      await project.ok("env", "destroy", "staging", "--yes");
      expect(leftOf(project), where).toEqual([]);
      if (where === undefined) break;
      died.push(where);
    }
    expect(died.length).toBeGreaterThan(3);
  });

  test("of a snapshot: what serves goes on, the next agent settles it, and each that is listed can be restored", async () => {
    const project = await resourceProject();
    await project.ok("ship");
    await note(project, "kept");
    const died: string[] = [];
    for (let step = 1; step < most; step += 1) {
      const where = await dying(project, step, "env", "backup", "staging");
      expect(await notes(project), where).toBe("kept kept");
      await project.ok("env", "start", "staging");
      expect(await settled(project), where).toMatchObject(well);
      if (where === undefined) break;
      died.push(where);
    }
    expect(died.length).toBeGreaterThan(3);
    for (const { id } of await project.json<Snapshot>("env", "snapshots", "staging")) {
      await note(project, "later");
      await project.ok("env", "restore", "staging", "--at", String(id), "--yes");
      expect(await notes(project)).toBe("kept kept");
    }
  });

  test("of a restore: the next agent has all of it or nothing, and doing it again restores it", async () => {
    const project = await resourceProject();
    await project.ok("ship");
    await note(project, "first");
    await project.ok("env", "backup", "staging");
    const [first] = await project.json<Snapshot>("env", "snapshots", "staging");
    const restore = ["env", "restore", "staging", "--at", String(first?.id), "--yes"];
    const died: string[] = [];
    for (let step = 1; step < most; step += 1) {
      await note(project, "later");
      const where = await dying(project, step, ...restore);
      await project.ok("env", "start", "staging");
      expect(["first first", "later later"], where).toContain(await notes(project));
      expect(await resources(project), where).toMatchObject(well);
      await project.ok(...restore);
      expect(await notes(project), where).toBe("first first");
      if (where === undefined) break;
      died.push(where);
    }
    expect(died.length).toBeGreaterThan(4);
  });
});
