import type { Kysely, Transaction } from "kysely";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Database } from "./database.ts";
import { migrations } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/**
 * Brings the schema up to date in one transaction: killed in the middle, the database is as it was. What an earlier version
 * kept, when there was one project in a database, becomes that of `database.project`. Any number may call it at once.
 * Fails with `state-newer` when a newer Tidegate wrote the database, and then nothing is changed.
 */
export async function migrate(database: Database, where: string): Promise<Result<void>> {
  const { dialect, project } = database;
  // The usual case takes no lock.
  const current = await database.read(async (db) => ((await dialect.hasMeta(db)) ? schemaVersion(db) : 0));
  if (!current.ok) return current;
  if (current.value === migrations.length) return ok();
  return database.write(async (transaction) => {
    await dialect.lockSchema(transaction);
    await ensureMeta(transaction);
    // Another process may have come first, between the look and the lock.
    const version = await schemaVersion(transaction);
    if (version > migrations.length) return failed(newer(where, version));
    for (const migration of migrations.slice(version)) await migration(transaction, { project, isNew: version === 0 });
    await keepVersion(transaction);
    return ok();
  });
}

function newer(where: string, version: number): Failure {
  return {
    code: "state-newer",
    message: `The state in ${where} was written by a newer Tidegate (schema ${version}; this one knows ${migrations.length})`,
    hint: "Use the newer version that wrote it.",
  };
}

async function ensureMeta(transaction: Transaction<Tables>): Promise<void> {
  await transaction.schema
    .createTable("meta")
    .ifNotExists()
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
}

async function keepVersion(transaction: Transaction<Tables>): Promise<void> {
  const version = { key: "schema", value: String(migrations.length) };
  await transaction
    .insertInto("meta")
    .values(version)
    .onConflict((conflict) => conflict.column("key").doUpdateSet(version))
    .execute();
}

async function schemaVersion(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", "schema").executeTakeFirst();
  return Number(row?.value ?? 0);
}
