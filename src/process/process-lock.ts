import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";

/** Held until released; the system releases it when the process ends, however it ends. */
export interface ProcessLock {
  release(): void;
}

/**
 * Takes a lock that one process on this machine can hold, or, `shared`, any number of them while nobody holds it alone;
 * `undefined` when another one stands in the way. It is SQLite's lock on an empty database: the one lock of the operating
 * system that Node can reach, and nothing is ever written to it.
 *
 * @throws when the file cannot be opened.
 */
export function takeProcessLock(path: string, how: "alone" | "shared" = "alone"): ProcessLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // A transaction that has read holds SQLite's shared lock until it ends.
    database.exec(how === "alone" ? "BEGIN EXCLUSIVE" : "BEGIN; SELECT count(*) FROM sqlite_schema");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (/database is locked/.test((error as Error).message)) return undefined;
    throw error;
  }
}

const lookEveryMs = 20;

/**
 * The lock as soon as nobody stands in its way any more; `undefined` when that takes longer than `limitMs`, or the signal
 * is aborted first. Nobody stands in line: of several that wait, any gets it next.
 *
 * @throws when the file cannot be opened.
 */
export async function waitForProcessLock(
  path: string,
  limitMs: number,
  { how = "alone", signal }: { readonly how?: "alone" | "shared"; readonly signal?: AbortSignal } = {},
): Promise<ProcessLock | undefined> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const lock = takeProcessLock(path, how);
    if (lock !== undefined || performance.now() >= deadline || signal?.aborted) return lock;
    await wait(lookEveryMs);
  }
}
