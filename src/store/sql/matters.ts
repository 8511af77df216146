import type { Transaction } from "kysely";
import { ok } from "../../errors/result.ts";
import type { Matter, Matters } from "../store.ts";
import { appendActions } from "./audit.ts";
import type { Database } from "./database.ts";
import { toDocument } from "./records.ts";
import type { Tables } from "./tables.ts";

export function mattersIn(database: Database): Matters {
  const { project } = database;
  return {
    async setMatter(lease, { action, ...matter }) {
      const { environment } = lease;
      const written = await database.writeUnder(lease, async (transaction) => {
        await writeMatter(transaction, { ...matter, project, environment });
        await appendActions(database, transaction, [action]);
      });
      return written.ok ? ok() : written;
    },

    matters: ({ environment, deployment, isOpen } = {}) =>
      database.read(async (db) => {
        let query = db.selectFrom("matter").selectAll().where("project", "=", project).orderBy("deployment");
        if (environment !== undefined) query = query.where("environment", "=", environment);
        if (deployment !== undefined) query = query.where("deployment", "=", deployment);
        if (isOpen) query = query.where("is_open", "=", 1);
        const rows = await query.execute();
        // Not the database's order: it depends on a locale.
        rows.sort((one, other) => one.deployment - other.deployment || (one.kind < other.kind ? -1 : 1));
        return rows.map((row) => ({
          ...{ deployment: row.deployment, kind: row.kind, environment: row.environment },
          ...{ isOpen: row.is_open === 1, document: toDocument(row.document) },
        }));
      }),
  };
}

/** As part of a write under the environment's lease. */
export async function writeMatter(
  transaction: Transaction<Tables>,
  { isOpen, document, ...key }: Matter & { readonly project: string; readonly environment: string },
): Promise<void> {
  const known = { is_open: isOpen ? 1 : 0, document: JSON.stringify(document) };
  await transaction
    .insertInto("matter")
    .values({ ...key, ...known })
    .onConflict((conflict) => conflict.columns(["project", "deployment", "kind"]).doUpdateSet(known))
    .execute();
}
