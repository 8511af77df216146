import type { Kysely } from "kysely";
import { failed, ok, type Result } from "../errors/result.ts";
import { migrations } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/** Brings the schema up to date, all or nothing. Fails with `state-newer` when a newer Tidegate wrote it. */
export async function migrate(db: Kysely<Tables>, where: string): Promise<Result<void>> {
  const current = await schemaVersion(db);
  if (current === migrations.length) return ok();
  if (current > migrations.length) {
    return failed({
      code: "state-newer",
      message: `The state in ${where} was written by a newer Tidegate (schema ${current}; this one knows ${migrations.length})`,
      hint: "Use the newer version again, the one that wrote it.",
    });
  }
  await db.transaction().execute(async (transaction) => {
    // Another process may have come first, between the look and the lock.
    for (const migration of migrations.slice(await schemaVersion(transaction))) await migration(transaction);
    const version = { key: "schema", value: String(migrations.length) };
    await transaction
      .insertInto("meta")
      .values(version)
      .onConflict((c) => c.column("key").doUpdateSet(version))
      .execute();
  });
  return ok();
}

async function schemaVersion(db: Kysely<Tables>): Promise<number> {
  await db.schema
    .createTable("meta")
    .ifNotExists()
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
  const row = await db.selectFrom("meta").select("value").where("key", "=", "schema").executeTakeFirst();
  return Number(row?.value ?? 0);
}
