import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "./tables.ts";

interface MigrationContext {
  /** The project that what is there belongs to. */
  readonly project: string;
  /** Nothing was there: no version before has written here. */
  readonly isNew: boolean;
}

type Migration = (db: Transaction<Tables>, context: MigrationContext) => Promise<void>;

/**
 * In order; the schema's version is how many have run. A migration that was released is never changed, and none may use
 * what only one database has: the first, which does, runs where SQLite already has it.
 */
export const migrations: readonly Migration[] = [
  createFirstTables,
  severalProjects,
  resourcesOfEnvironments,
  auditLog,
  mattersOfPeople,
];

/** Version 1: one project, one machine. It was only ever in SQLite, and a new database begins with version 2. */
async function createFirstTables(): Promise<void> {}

/**
 * Version 2: every key begins with the project; counters instead of a table's own; releases in the order of their
 * making; pins; actors; events.
 */
async function severalProjects(db: Transaction<Tables>, { project, isNew }: MigrationContext): Promise<void> {
  const before = ["release", "environment", "deployment", "journal", "incident"] as const;
  if (!isNew) {
    await db.schema.dropIndex("deployment_environment").execute();
    for (const table of before) await db.schema.alterTable(table).renameTo(`${table}_1`).execute();
  }
  await createTables(db);
  if (isNew) return;
  await moveRows(db, project);
  for (const table of before) await db.schema.dropTable(`${table}_1`).execute();
}

async function createTables(db: Kysely<Tables>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable("counter")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("value", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("counter_key", ["project", "name"])
    .execute();
  await schema
    .createTable("release")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("files", "bigint", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("run", "text")
    .addColumn("provenance", "text", (column) => column.notNull())
    .addColumn("made", "bigint", (column) => column.notNull())
    .addColumn("shipped", "bigint")
    .addColumn("quarantined_at", "bigint")
    .addColumn("quarantine_reason", "text")
    .addColumn("quarantine_by", "text")
    .addColumn("pinned_at", "bigint")
    .addColumn("pin_reason", "text")
    .addColumn("pin_by", "text")
    .addPrimaryKeyConstraint("release_key", ["project", "digest"])
    .addUniqueConstraint("release_made", ["project", "made"])
    .execute();
  await schema
    .createTable("environment")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("serving", "bigint")
    .addColumn("members", "text", (column) => column.notNull())
    .addColumn("stopped", "bigint", (column) => column.notNull())
    .addColumn("holder", "text")
    .addColumn("token", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("environment_key", ["project", "name"])
    .execute();
  await schema
    .createTable("deployment")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("id", "bigint", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("release", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("spec", "text", (column) => column.notNull())
    .addColumn("by", "text")
    .addColumn("ended_at", "bigint")
    .addColumn("outcome", "text")
    .addColumn("failures", "text")
    .addColumn("members", "text")
    .addColumn("serving", "bigint")
    .addPrimaryKeyConstraint("deployment_key", ["project", "id"])
    .execute();
  await schema
    .createIndex("deployment_environment")
    .on("deployment")
    .columns(["project", "environment", "id"])
    .execute();
  await schema
    .createTable("journal")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("deployment", "bigint", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("journal_key", ["project", "deployment", "seq"])
    .execute();
  await schema
    .createTable("incident")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("id", "bigint", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("incident_key", ["project", "id"])
    .execute();
  await schema.createIndex("incident_environment").on("incident").columns(["project", "environment", "id"]).execute();
  await schema
    .createTable("event")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("subject_kind", "text", (column) => column.notNull())
    .addColumn("subject_name", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("by", "text")
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("event_key", ["project", "seq"])
    .execute();
}

/** Rows of version 1, from SQLite. Releases were made in the order of their rows: their times may lie. */
async function moveRows(db: Kysely<Tables>, project: string): Promise<void> {
  await sql`
    insert into "release" (project, digest, created_at, files, bytes, run, provenance, made, shipped, quarantined_at, quarantine_reason)
    select ${project}, digest, created_at, files, bytes, run, provenance, row_number() over (order by rowid),
      (select max(id) from deployment_1 where deployment_1."release" = release_1.digest and kind <> 'rollback'),
      quarantined_at, quarantine_reason
    from release_1`.execute(db);
  await sql`
    insert into environment (project, name, serving, members, stopped, holder, token, expires_at)
    select ${project}, name, serving, members, stopped, holder, token, expires_at from environment_1`.execute(db);
  await sql`
    insert into deployment (project, id, environment, "release", kind, at, spec, ended_at, outcome, failures, members, serving)
    select ${project}, id, environment, "release", kind, at, spec, ended_at, outcome, failures, members, serving
    from deployment_1`.execute(db);
  await sql`
    insert into journal (project, deployment, seq, at, event)
    select ${project}, deployment, seq, at, event from journal_1`.execute(db);
  await sql`
    insert into incident (project, id, at, environment, event)
    select ${project}, id, at, environment, event from incident_1`.execute(db);
  await sql`
    insert into counter (project, name, value)
    select ${project}, 'made', count(*) from release_1
    union all select ${project}, 'deployment', coalesce(max(id), 0) from deployment_1
    union all select ${project}, 'incident', coalesce(max(id), 0) from incident_1`.execute(db);
}

/** Version 3: what is known of environments, the ledger of what was made for them, their snapshots. */
async function resourcesOfEnvironments(db: Transaction<Tables>): Promise<void> {
  const { schema } = db;
  await schema.alterTable("environment").addColumn("about", "text").execute();
  await schema
    .createTable("resource")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("document", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("resource_key", ["project", "environment", "name"])
    .execute();
  await schema
    .createTable("snapshot")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("id", "bigint", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("document", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("snapshot_key", ["project", "id"])
    .execute();
}

/** Version 4: the audit log. It begins here: what was done before is in the history alone. */
async function auditLog(db: Transaction<Tables>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable("audit")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("entry", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("audit_key", ["project", "seq"])
    .execute();
  await schema
    .createTable("audit_head")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("key", "text")
    .addColumn("signature", "text")
    .addPrimaryKeyConstraint("audit_head_key", ["project"])
    .execute();
}

/** Version 5: what awaits a person: approvals, overridden gates. */
async function mattersOfPeople({ schema }: Transaction<Tables>): Promise<void> {
  await schema
    .createTable("matter")
    .addColumn("project", "text", (column) => column.notNull())
    .addColumn("deployment", "bigint", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("is_open", "bigint", (column) => column.notNull())
    .addColumn("document", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("matter_key", ["project", "deployment", "kind"])
    .execute();
}
