import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { observer } from "../../agent/drivers.ts";
import { readProcessTable } from "../../process/process-row.ts";
import { selectTree } from "../../process/tree-members.ts";
import { observeResources } from "../../resources/observe.ts";
import type { Session } from "../session.ts";

/** What an environment takes of this machine, as far as it can be seen; what cannot be is absent. */
export interface Cost {
  /** What its services have written, its releases as they are run, its databases and folders, and their snapshots. */
  readonly diskBytes: number;
  /** What its processes have in memory at the moment. */
  readonly memoryBytes?: number;
  readonly processes?: number;
}

/** Looks at the disk and at the processes; changes nothing. */
export async function costOf(session: Session, environment: string): Promise<Cost> {
  const diskBytes =
    bytesBelow(dirname(session.paths.dataOf(environment))) + (await resourceBytes(session, environment));
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

/** What cannot be looked at counts nothing: `status` says so. */
async function resourceBytes({ stateFolder, project, store }: Session, environment: string): Promise<number> {
  const looked = await observeResources({ stateFolder, project: project.name, store, environment });
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

/** The second field of statm counts pages in memory; see proc(5). Only Linux says it so. */
function memoryOf(pid: number): number | undefined {
  const pageBytes = 4096;
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ");
    return Number(pages) * pageBytes;
  } catch {
    return undefined;
  }
}
