import type { DatabaseSync } from "node:sqlite";

/**
 * Schema versions in order; a migration, once released, is never changed. Each only adds, with defaults: the
 * release before goes on serving on migrated data, while it is being replaced and after a rollback.
 */
const migrations: readonly string[] = [
  `CREATE TABLE links (
     code TEXT PRIMARY KEY,
     target TEXT NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  "ALTER TABLE links ADD COLUMN visits INTEGER NOT NULL DEFAULT 0",
];

/** The version this release needs. A newer database is fine. */
export const neededVersion = migrations.length;

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/**
 * Brings the schema to this release's version, all or nothing; returns what it was and is. Nothing happens when it
 * is there already, or newer. Two at once wait for each other.
 */
export function migrate(database: DatabaseSync, target = neededVersion): { from: number; to: number } {
  database.exec("BEGIN IMMEDIATE");
  try {
    const from = schemaVersion(database);
    const to = Math.max(from, target);
    for (const statement of migrations.slice(from, to)) database.exec(statement);
    if (to > from) database.exec(`PRAGMA user_version = ${to}`);
    database.exec("COMMIT");
    return { from, to };
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
