import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import type { InstanceSpec } from "../../src/drivers/driver.ts";
import { type LocalDriver, type LocalDriverOptions, localDriver } from "../../src/drivers/local/local-driver.ts";
import { runs, temporaryFolder } from "../process/support.ts";
import type { DriverUnderTest } from "./conformance.ts";

export interface LocalUnderTest extends DriverUnderTest {
  readonly driver: LocalDriver;
  readonly folder: string;
  readonly stateFolder: string;
}

const folders: string[] = [];

/** Registered after the folders' own clean-up, so run before it: nothing may run when the folder goes. */
afterEach(() => {
  for (const folder of folders.splice(0)) for (const pid of pidsIn(folder)) kill(pid);
});

/** A driver on a folder of its own; everything it started is ended after the test. */
export function createLocal(options: Partial<LocalDriverOptions> = {}): LocalUnderTest {
  const folder = temporaryFolder();
  folders.push(folder);
  const directory = join(folder, "release");
  mkdirSync(directory);
  cpSync(join(import.meta.dirname, "fixtures"), directory, { recursive: true });
  const stateFolder = join(folder, "state");
  // The home says which test a process belongs to, whatever happens to the driver's own marks.
  const driver = localDriver({ ...optionsIn(folder, stateFolder), ...options });
  return { driver, directory, node: process.execPath, folder, stateFolder };
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

export function specIn({ directory, node }: DriverUnderTest, id: string): InstanceSpec {
  return {
    id,
    environment: "staging",
    directory,
    command: [node, "server.mjs"],
    env: {},
    service: "web",
    release: "sha256:r1",
    deployment: 1,
    listens: true,
  };
}

export function workerIn(under: DriverUnderTest, id: string, mode = ""): InstanceSpec {
  return { ...specIn(under, id), listens: false, command: [under.node, "worker.mjs", mode] };
}
