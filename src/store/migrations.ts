import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

type Migration = (db: Kysely<Tables>) => Promise<void>;

/** In order; the schema's version is how many have run. A migration that was released is never changed. */
export const migrations: readonly Migration[] = [createTables];

async function createTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("release")
    .addColumn("digest", "text", (column) => column.primaryKey())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("files", "integer", (column) => column.notNull())
    .addColumn("bytes", "integer", (column) => column.notNull())
    .addColumn("run", "text")
    .addColumn("provenance", "text", (column) => column.notNull())
    .addColumn("quarantined_at", "integer")
    .addColumn("quarantine_reason", "text")
    .execute();
  await db.schema
    .createTable("environment")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("serving", "integer")
    .addColumn("members", "text", (column) => column.notNull())
    .addColumn("stopped", "integer", (column) => column.notNull())
    .addColumn("holder", "text")
    .addColumn("token", "integer", (column) => column.notNull())
    .addColumn("expires_at", "integer", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("deployment")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("release", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("spec", "text", (column) => column.notNull())
    .addColumn("ended_at", "integer")
    .addColumn("outcome", "text")
    .addColumn("failures", "text")
    .addColumn("members", "text")
    .addColumn("serving", "integer")
    .execute();
  await db.schema.createIndex("deployment_environment").on("deployment").columns(["environment", "id"]).execute();
  await db.schema
    .createTable("journal")
    .addColumn("deployment", "integer", (column) => column.notNull())
    .addColumn("seq", "integer", (column) => column.notNull())
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("journal_key", ["deployment", "seq"])
    .execute();
  await db.schema
    .createTable("incident")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .execute();
}
