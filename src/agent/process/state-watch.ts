import { type BigIntStats, statSync } from "node:fs";
import type { StatePaths } from "../../files/state-paths.ts";

/**
 * `there`: the state is the one that this process opened. `replaced`: the folder is, but its database is another one or
 * gone, as after damage. `gone`: somebody removed or moved the whole folder.
 */
export type StatePresence = "there" | "replaced" | "gone";

/** Looks whether the state is still the one of now. An open file alone would not notice. */
export function watchState({ folder, database }: StatePaths): () => StatePresence {
  const was = { folder: look(folder), database: look(database) };
  return () => {
    if (!isSame(was.folder, look(folder))) return "gone";
    return isSame(was.database, look(database)) ? "there" : "replaced";
  };
}

function look(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}
