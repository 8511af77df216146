import { type BigIntStats, statSync } from "node:fs";
import type { StatePaths } from "../../files/state-paths.ts";

/**
 * `there`: the state is the one that this process opened. `replaced`: the folder is, but its database is another one or
 * gone, as after damage. `gone`: somebody removed or moved the whole folder. `taken`: another agent has taken over, because this
 * one did not answer.
 */
export type StatePresence = "there" | "replaced" | "gone" | "taken";

/** Looks whether the state is still the one of now, and this agent's. An open file alone would not notice. */
export function watchState({ folder, database, agentLock }: StatePaths): () => StatePresence {
  const was = { folder: look(folder), database: look(database), lock: look(agentLock) };
  return () => {
    if (!isSame(was.folder, look(folder))) return "gone";
    if (was.lock !== undefined && !isSame(was.lock, look(agentLock))) return "taken";
    return isSame(was.database, look(database)) ? "there" : "replaced";
  };
}

function look(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}
