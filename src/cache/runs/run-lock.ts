import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFirst } from "../../files/write-quickly.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../process/identity.ts";

interface Holder {
  readonly owner: ProcessIdentity;
  /** The name of the variable that marks the holder's tasks. */
  readonly markName: string;
}

export interface RunLock {
  /** false: somebody up the line of processes has it, and this run is part of theirs. */
  readonly isOwn: boolean;
  release(): void;
}

export interface LockOptions {
  readonly runningFolder: string;
  /** The name of the variable that marks this run's tasks. */
  readonly markName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called once, when somebody else has the lock. */
  readonly onWaiting?: () => void;
}

const pollMs = 50;

/**
 * At most one run at a time works in a project: two would remove each other's outputs. Waits until a run of another
 * living process has ended; a dead one's lock is taken over. A run that was started by a task of the holder gets
 * through, since waiting for it would never end. `undefined` when `signal` was aborted before.
 *
 * @throws the system's error.
 */
export async function acquireRunLock(options: LockOptions): Promise<RunLock | undefined> {
  const { runningFolder, markName, environment, signal } = options;
  let onWaiting = options.onWaiting;
  const path = join(runningFolder, "lock");
  const owner = identityOf(process.pid);
  if (owner === undefined) throw new Error("This process cannot find itself among the running processes");
  const text = JSON.stringify({ owner, markName } satisfies Holder);
  while (!signal.aborted) {
    if (writeFirst(path, text)) return { isOwn: true, release: () => release(path, text) };
    const held = readTextIfThere(path);
    const holder = parseHolder(held);
    if (holder !== undefined && Object.hasOwn(environment, holder.markName))
      return { isOwn: false, release: () => undefined };
    if (holder !== undefined && isAlive(holder.owner)) {
      onWaiting?.();
      onWaiting = undefined;
      await wait(pollMs, undefined, { signal }).catch(() => undefined);
    } else if (held !== undefined) breakLock(path, held);
  }
  return undefined;
}

function release(path: string, text: string): void {
  if (readTextIfThere(path) === text) rmSync(path, { force: true });
}

/** Of several that find a dead lock only one can move it; what was moved by mistake is put back. */
function breakLock(path: string, held: string): void {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    if (readTextIfThere(path) !== held) return;
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = readTextIfThere(aside);
  if (moved !== undefined && moved !== held) writeFirst(path, moved);
  rmSync(aside, { force: true });
}

function parseHolder(text: string | undefined): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (!isRecord(value) || !isRecord(value.owner) || typeof value.markName !== "string") return undefined;
    const { pid, started } = value.owner;
    if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 2 || typeof started !== "string") return undefined;
    return { owner: { pid, started }, markName: value.markName };
  } catch {
    return undefined;
  }
}
