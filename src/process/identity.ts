import { readFileSync } from "node:fs";
import { readProcess } from "./process-row.ts";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /**
   * When it started: clock ticks since boot and the boot's id on Linux, a date elsewhere. Only compared. Without
   * the boot's id, a service that starts with the machine could look like the one of the boot before.
   */
  readonly started: string;
}

/** The identity of a running process; `undefined` when there is none (a zombie has ended). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const row = readProcess(pid);
  return row === undefined || row.ended ? undefined : { pid, started: startOf(row.started) };
}

/** The identity of a child just spawned: also when it has ended already, as long as nobody has collected it. */
export function identityOfChild(pid: number): ProcessIdentity | undefined {
  const row = readProcess(pid);
  return row === undefined ? undefined : { pid, started: startOf(row.started) };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.started === identity.started;
}

/** The start as `ProcessIdentity` has it, from a row of the process table. */
export function startOf(started: string): string {
  return process.platform === "linux" ? `${started}@${bootId()}` : started;
}

let boot: string | undefined;

/** The same for as long as this process can live, so it is read once. */
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return boot;
}
