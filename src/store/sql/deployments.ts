import type { Transaction } from "kysely";
import { ok, type Result } from "../../errors/result.ts";
import type { Deployments, Lease } from "../store.ts";
import { appendActions } from "./audit.ts";
import type { Database } from "./database.ts";
import { writeMatter } from "./matters.ts";
import { fromDocument, toDeployment, toDocument } from "./records.ts";
import type { Tables } from "./tables.ts";

export function deploymentsIn(database: Database): Deployments {
  const { project } = database;

  const writeUnder = async (
    lease: Lease,
    write: (transaction: Transaction<Tables>) => Promise<unknown>,
  ): Promise<Result<void>> => {
    const written = await database.writeUnder(lease, write);
    return written.ok ? ok() : written;
  };

  return {
    createDeployment: (lease, { release, kind, at, spec, by, above = 0, id: numbered, matters = [], action }) =>
      database.writeUnder(lease, async (transaction) => {
        const id = numbered ?? (await database.next(transaction, "deployment", { above }));
        const { environment } = lease;
        const row = { project, id, environment, release, kind, at, spec: JSON.stringify(spec), by: fromDocument(by) };
        const created = await transaction.insertInto("deployment").values(row).returningAll().executeTakeFirstOrThrow();
        const acted = [action, ...matters.map((matter) => matter.action)];
        const ofThis = acted.map((one) => one && { ...one, deployment: id });
        await appendActions(database, transaction, ofThis);
        if (kind !== "rollback" && kind !== "mend") {
          const shipped = transaction.updateTable("release").set({ shipped: id }).where("project", "=", project);
          await shipped.where("digest", "=", release).execute();
        }
        for (const { action: _, ...matter } of matters)
          await writeMatter(transaction, { ...matter, deployment: id, project, environment });
        return toDeployment(created);
      }),

    numberDeployment: (lease, { above = 0 }) =>
      database.writeUnder(lease, (transaction) => database.next(transaction, "deployment", { above })),

    // The environment is locked, so nobody else looks for the last entry at the same time.
    appendJournal: (lease, deployment, entry) =>
      writeUnder(lease, async (transaction) => {
        const last = await transaction
          .selectFrom("journal")
          .select(({ fn }) => fn.max("seq").as("seq"))
          .where("project", "=", project)
          .where("deployment", "=", deployment)
          .executeTakeFirst();
        const seq = Number(last?.seq ?? 0) + 1;
        const row = { project, deployment, seq, at: entry.at, event: JSON.stringify(entry.event) };
        await transaction.insertInto("journal").values(row).execute();
        await appendActions(database, transaction, [entry.action]);
      }),

    journal: (deployment) =>
      database.read(async (db) => {
        const query = db.selectFrom("journal").selectAll().where("project", "=", project);
        const rows = await query.where("deployment", "=", deployment).orderBy("seq").execute();
        return rows.map((row) => ({ at: row.at, event: toDocument(row.event) }));
      }),

    finishDeployment: (lease, deployment, end) =>
      writeUnder(lease, async (transaction) => {
        const members = JSON.stringify(end.members);
        const serving = end.serving ?? null;
        const { at, outcome, failures } = end;
        await transaction
          .updateTable("deployment")
          .set({ ended_at: at, outcome, failures: JSON.stringify(failures), members, serving })
          .where("project", "=", project)
          .where("id", "=", deployment)
          .execute();
        await transaction
          .updateTable("environment")
          .set({ serving, members, stopped: 0 })
          .where("project", "=", project)
          .where("name", "=", lease.environment)
          .execute();
        await appendActions(database, transaction, [end.action]);
      }),

    deployment: (id) =>
      database.read(async (db) => {
        const query = db.selectFrom("deployment").selectAll().where("project", "=", project).where("id", "=", id);
        const row = await query.executeTakeFirst();
        return row === undefined ? undefined : toDeployment(row);
      }),

    deployments: ({ environment, limit } = {}) =>
      database.read(async (db) => {
        let query = db.selectFrom("deployment").selectAll().where("project", "=", project).orderBy("id", "desc");
        if (environment !== undefined) query = query.where("environment", "=", environment);
        if (limit !== undefined) query = query.limit(limit);
        return (await query.execute()).map(toDeployment);
      }),

    unfinishedDeployments: () =>
      database.read(async (db) => {
        const query = db.selectFrom("deployment").selectAll().where("project", "=", project);
        return (await query.where("ended_at", "is", null).orderBy("id").execute()).map(toDeployment);
      }),
  };
}
