import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import type { Driver, InstanceSpec, JobSpec } from "../../src/drivers/driver.ts";
import { removeGroups } from "../../src/drivers/local/limits/limit-groups.ts";
import { type LocalDriverOptions, localDriver } from "../../src/drivers/local/local-driver.ts";
import { readRecord } from "../../src/drivers/local/record.ts";
import type { ReleaseContent } from "../../src/drivers/release-content.ts";
import { runs, temporaryFolder } from "../process/support.ts";
import { type DriverUnderTest, value } from "./conformance.ts";
import { contentOf } from "./content.ts";

export interface LocalUnderTest extends DriverUnderTest {
  readonly driver: Driver;
  readonly folder: string;
  readonly stateFolder: string;
}

/** What most tests run: `fixtures/`. */
export const fixtures: ReleaseContent = contentOf(join(import.meta.dirname, "fixtures"));

const folders: string[] = [];

/** Registered after the folders' own clean-up, so run before it: nothing may run when the folder goes. */
afterEach(async () => {
  for (const folder of folders.splice(0)) {
    for (const pid of pidsIn(folder)) kill(pid);
    await removeGroupsOf(join(folder, "state"));
  }
});

/** What nobody stopped leaves its control groups behind. */
export async function removeGroupsOf(stateFolder: string): Promise<void> {
  const home = { folder: stateFolder };
  for (const path of globSync("instances/*/*/instance.json", { cwd: stateFolder })) {
    const [, environment = "", id = ""] = path.split("/");
    const record = readRecord(home, "instances", environment, id);
    if (record.ok) await removeGroups(record.value?.instance?.group);
  }
}

/** A driver on a folder of its own, with the fixtures prepared in staging; everything it started is ended after the test. */
export async function createLocal(options: Partial<LocalDriverOptions> = {}): Promise<LocalUnderTest> {
  const folder = temporaryFolder();
  folders.push(folder);
  const stateFolder = join(folder, "state");
  // The home says which test a process belongs to, whatever happens to the driver's own marks.
  const driver = localDriver({ ...optionsIn(folder, stateFolder), ...options });
  value(await driver.prepare("staging", fixtures, 0));
  return { driver, release: fixtures, node: process.execPath, folder, stateFolder };
}

/** Of a driver on a state folder, for a test that has this folder. */
export function optionsIn(folder: string, stateFolder: string): LocalDriverOptions {
  const spools = { folder: join(folder, "spools"), secretsOf: () => undefined };
  return { stateFolder, spools, caller: { PATH: process.env.PATH, HOME: folder } };
}

/** Another driver on the same folders. */
export function anotherLocal({ folder, stateFolder }: LocalUnderTest, options: Partial<LocalDriverOptions> = {}) {
  return localDriver({ ...optionsIn(folder, stateFolder), ...options });
}

/** Every running process whose home is the folder. */
export function pidsIn(folder: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => environmentOf(pid).includes(`HOME=${folder}`)).map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

export function expectNothingRuns(folder: string): void {
  expect(pidsIn(folder).filter(runs)).toEqual([]);
}

export function specIn({ release, node }: DriverUnderTest, id: string): InstanceSpec {
  return {
    id,
    environment: "staging",
    release: release.digest,
    command: [node, "server.mjs"],
    env: {},
    service: "web",
    deployment: 1,
    listens: true,
  };
}

export function workerIn(under: DriverUnderTest, id: string, mode = ""): InstanceSpec {
  return { ...specIn(under, id), listens: false, command: [under.node, "worker.mjs", mode] };
}

/** A shell script as a job. */
export function jobIn({ release }: DriverUnderTest, id: string, script: string): JobSpec {
  const command = ["/bin/sh", "-c", script] as const;
  return { id, environment: "staging", release: release.digest, deployment: 1, command, env: {}, timeoutMs: 60_000 };
}

/** Where a driver's copy of the fixtures lies. */
export function copyIn({ stateFolder, release }: LocalUnderTest, environment = "staging"): string {
  return join(stateFolder, "environments", environment, "releases", release.digest.slice("sha256:".length));
}

/** Where services of an environment may write. */
export function dataIn({ stateFolder }: LocalUnderTest, environment = "staging"): string {
  return join(stateFolder, "environments", environment, "data");
}
