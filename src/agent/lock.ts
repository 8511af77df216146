import { DatabaseSync } from "node:sqlite";

/** Held until closed or until the process ends, however it ends. */
export interface Lock {
  close(): void;
}

/**
 * Takes a lock file, or returns `undefined` when another process has it. The lock is the operating system's, taken
 * through SQLite because Node has no call for it: the kernel gives it back when its holder dies.
 *
 * @throws when the file cannot be written.
 */
export function takeLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA busy_timeout=0; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/.test(error.message)) return undefined;
    throw error;
  }
}
