import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { observer } from "../../agent/drivers.ts";
import type { Result } from "../../errors/result.ts";
import { readProcessTable } from "../../process/process-row.ts";
import { selectTree } from "../../process/tree-members.ts";
import { type ObservedResource, observeResources } from "../../resources/observe.ts";
import type { Depth } from "../../resources/resource.ts";
import { secretsFor } from "../config/secrets-for.ts";
import type { Session } from "../session.ts";

/** What somebody saw who looked at the resources of an environment. */
export type LookedAt = Result<readonly ObservedResource[]>;

/** What an environment takes of this machine, as far as it can be seen; what cannot be is absent. */
export interface Cost {
  /** What its services have written, its releases as they are run, its databases and folders, and their snapshots. */
  readonly diskBytes: number;
  /** What its processes have in memory at the moment. */
  readonly memoryBytes?: number;
  readonly processes?: number;
}

/** Looks at the disk and at the processes; changes nothing. `resources`: of the environment, where they were looked at already. */
export async function costOf(session: Session, environment: string, resources?: LookedAt): Promise<Cost> {
  const looked = resources ?? (await lookAtResources(session, environment, "measure"));
  const diskBytes = bytesBelow(dirname(session.paths.dataOf(environment))) + resourceBytes(looked);
  const observed = await observer(session.stateFolder, session.store).observe(environment);
  if (!observed.ok) return { diskBytes };
  const table = readProcessTable();
  const roots = observed.value.flatMap(({ state }) => (state.state === "running" && state.pid ? [state.pid] : []));
  const pids = new Set(roots.flatMap((pid) => [...selectTree(table, { pid }, () => false, process.pid).pids]));
  const memory = [...pids].map(memoryOf);
  const isKnown = memory.every((bytes) => bytes !== undefined);
  return {
    diskBytes,
    processes: pids.size,
    ...(isKnown && { memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0) }),
  };
}

export function lookAtResources(session: Session, environment: string, depth: Depth) {
  const { stateFolder, project, store } = session;
  const secrets = secretsFor(session);
  return observeResources({ stateFolder, project: project.name, store, environment, depth, secrets });
}

/** What cannot be inspected counts nothing: `status` says so. */
function resourceBytes(looked: LookedAt): number {
  if (!looked.ok) return 0;
  return looked.value.reduce((sum, { observed, snapshots }) => {
    const own = observed.ok && observed.value.state === "there" ? (observed.value.bytes ?? 0) : 0;
    return sum + own + snapshots.reduce((all, { bytes }) => all + bytes, 0);
  }, 0);
}

/** Of files in a folder and below; what goes away meanwhile counts nothing. Links are not followed. */
export function bytesBelow(folder: string): number {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch {
    return 0;
  }
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + bytesBelow(path);
    return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() || entry.isFile());
}

/** In /proc/PID/status, in kB of 1024 bytes, whatever size the machine's pages have; see proc_pid_status(5). Only on Linux. */
function memoryOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    // A process without memory of its own, such as one that has just ended, has no such line.
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return undefined;
  }
}
