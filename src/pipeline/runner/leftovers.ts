import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { identityOf, isAlive, type ProcessIdentity } from "../../process/identity.ts";
import { endTree } from "../../process/tree.ts";
import { isRecord } from "../manifest.ts";
import { pipelinePaths, readIfThere, writeQuickly } from "../state-folder.ts";
import { graceMs } from "./run-command.ts";

/** A running task, on disk, so that whoever comes after a killed Tidegate can end what it left. */
interface RunningTask {
  readonly owner: ProcessIdentity;
  readonly root: ProcessIdentity;
  readonly mark: string;
}

/** Notes that a task's process runs. Returns what takes the note away. @throws the system's error. */
export function noteRunning(runningFolder: string, name: string, pid: number, mark: string): () => void {
  const owner = identityOf(process.pid);
  const root = identityOf(pid);
  if (owner === undefined || root === undefined) return () => undefined;
  const path = join(runningFolder, `${name}.json`);
  const task: RunningTask = { owner, root, mark };
  writeQuickly(path, JSON.stringify(task));
  return () => rmSync(path, { force: true });
}

/**
 * Ends the tasks of runs whose Tidegate was killed, with all their processes; those of a living one are left alone.
 * Returns how many there were. Resolves when they are gone. @throws the system's error when a note cannot be removed.
 */
export async function endLeftovers(stateFolder: string): Promise<number> {
  const folder = pipelinePaths(stateFolder).running;
  const ended = await Promise.all(namesIn(folder).map((name) => endLeftover(join(folder, name))));
  return ended.filter((wasLeft) => wasLeft).length;
}

async function endLeftover(path: string): Promise<boolean> {
  const task = parseRunning(readIfThere(path));
  if (task !== undefined && isAlive(task.owner)) return false;
  if (task !== undefined) await endTree({ pid: groupOf(task), mark: task.mark }, graceMs);
  rmSync(path, { force: true });
  return task !== undefined;
}

/**
 * The group may be named only while it is certainly the task's: as long as its leader lives, or, where there are no
 * marks to go by, as long as its number was not given to another process. -1 is nobody's.
 */
function groupOf(task: RunningTask): number {
  if (isAlive(task.root)) return task.root.pid;
  return process.platform === "linux" || identityOf(task.root.pid) !== undefined ? -1 : task.root.pid;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** `undefined` for what is damaged: it names nobody. Never a process that everything else depends on. */
function parseRunning(text: string | undefined): RunningTask | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (!isRecord(value) || !isIdentity(value.owner) || !isIdentity(value.root)) return undefined;
    if (typeof value.mark !== "string" || !/^TIDEGATE_TASK_[0-9a-f]{16}=/.test(value.mark)) return undefined;
    return { owner: value.owner, root: value.root, mark: value.mark };
  } catch {
    return undefined;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (!isRecord(value) || typeof value.started !== "string") return false;
  return typeof value.pid === "number" && Number.isInteger(value.pid) && value.pid > 1;
}
