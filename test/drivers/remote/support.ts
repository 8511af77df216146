import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import { careful } from "../../../src/drivers/careful.ts";
import { temporaryFolder } from "../../process/support.ts";
import { type DriverUnderTest, value } from "../conformance.ts";
import { fixtures, pidsIn, removeGroupsOf } from "../support.ts";
import { RemoteDriver } from "./remote-driver.ts";

export interface Daemon {
  readonly socket: string;
  readonly folder: string;
  readonly process: ChildProcess;
}

const daemons: Daemon[] = [];

/** Everything that a daemon started has it as its home. */
afterEach(async () => {
  for (const daemon of daemons.splice(0)) {
    daemon.process.kill("SIGKILL");
    for (const pid of pidsIn(daemon.folder)) kill(pid);
    await removeGroupsOf(join(daemon.folder, "state"));
  }
});

/** Ends with the test. */
export async function startDaemon(folder = temporaryFolder()): Promise<Daemon> {
  const socket = join(folder, "daemon.sock");
  mkdirSync(join(folder, "home"), { recursive: true });
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(process.execPath, [join(import.meta.dirname, "daemon.ts"), socket, folder], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  const daemon = { socket, folder, process: child };
  daemons.push(daemon);
  return daemon;
}

export interface RemoteUnderTest extends DriverUnderTest {
  readonly daemon: Daemon;
}

export async function createRemote(): Promise<RemoteUnderTest> {
  const daemon = await startDaemon();
  const driver = careful(new RemoteDriver(daemon.socket));
  value(await driver.prepare("staging", fixtures, 0));
  return { driver, release: fixtures, node: process.execPath, daemon };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
