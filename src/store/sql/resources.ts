import { ok, type Result } from "../../errors/result.ts";
import type { Resources } from "../store.ts";
import type { Database } from "./database.ts";
import { toDocument } from "./records.ts";

/** The ledger of what was made for environments, and their snapshots. */
export function resourcesIn(database: Database): Resources {
  const { project } = database;
  return {
    resources: (environment) =>
      database.read(async (db) => {
        let query = db.selectFrom("resource").selectAll().where("project", "=", project);
        if (environment !== undefined) query = query.where("environment", "=", environment);
        const rows = await query.execute();
        // Not the database's order: it depends on a locale.
        const key = (row: { readonly environment: string; readonly name: string }) => `${row.environment}\0${row.name}`;
        rows.sort((one, other) => (key(one) < key(other) ? -1 : 1));
        return rows.map(({ environment, name, document }) => ({ environment, name, document: toDocument(document) }));
      }),

    async setResource(lease, name, document) {
      const { environment } = lease;
      const row = { project, environment, name, document: JSON.stringify(document) };
      const written = await database.writeUnder(lease, (transaction) =>
        transaction
          .insertInto("resource")
          .values(row)
          .onConflict((conflict) =>
            conflict.columns(["project", "environment", "name"]).doUpdateSet({ document: row.document }),
          )
          .execute(),
      );
      return done(written);
    },

    async removeResource(lease, name) {
      const written = await database.writeUnder(lease, (transaction) =>
        transaction
          .deleteFrom("resource")
          .where("project", "=", project)
          .where("environment", "=", lease.environment)
          .where("name", "=", name)
          .execute(),
      );
      return done(written);
    },

    snapshots: (environment) =>
      database.read(async (db) => {
        let query = db.selectFrom("snapshot").selectAll().where("project", "=", project).orderBy("id", "desc");
        if (environment !== undefined) query = query.where("environment", "=", environment);
        const rows = await query.execute();
        return rows.map(({ id, environment, document }) => ({ id, environment, document: toDocument(document) }));
      }),

    addSnapshot: (lease, document) =>
      database.writeUnder(lease, async (transaction) => {
        const id = await database.next(transaction, "snapshot");
        const row = { project, id, environment: lease.environment, document: JSON.stringify(document) };
        await transaction.insertInto("snapshot").values(row).execute();
        return id;
      }),

    async setSnapshot(lease, id, document) {
      const written = await database.writeUnder(lease, (transaction) =>
        transaction
          .updateTable("snapshot")
          .set({ document: JSON.stringify(document) })
          .where("project", "=", project)
          .where("id", "=", id)
          .where("environment", "=", lease.environment)
          .execute(),
      );
      return done(written);
    },

    async removeSnapshot(lease, id) {
      const written = await database.writeUnder(lease, (transaction) =>
        transaction
          .deleteFrom("snapshot")
          .where("project", "=", project)
          .where("id", "=", id)
          .where("environment", "=", lease.environment)
          .execute(),
      );
      return done(written);
    },
  };
}

function done(written: Result<unknown>): Result<void> {
  return written.ok ? ok() : written;
}
