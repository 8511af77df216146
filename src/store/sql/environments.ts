import type { Transaction } from "kysely";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Environments, Lease, Leases } from "../store.ts";
import type { Database } from "./database.ts";
import { fromDocument, toEnvironment } from "./records.ts";
import type { Tables } from "./tables.ts";

/** Environments and who may write to them: a lease is a few columns of its environment's row. */
export function environmentsIn(database: Database): Environments & Leases {
  const { project, dialect } = database;

  const update = async (lease: Lease, values: Partial<Tables["environment"]>): Promise<Result<void>> => {
    const written = await database.writeUnder(lease, (transaction) => set(transaction, lease, values));
    return written.ok ? ok() : written;
  };

  const set = (transaction: Transaction<Tables>, lease: Lease, values: Partial<Tables["environment"]>) =>
    transaction
      .updateTable("environment")
      .set(values)
      .where("project", "=", project)
      .where("name", "=", lease.environment)
      .execute();

  return {
    acquireLease: ({ environment, holder, ttlMs, isGone }) =>
      database.write(async (transaction) => {
        const empty = { serving: null, members: "[]", stopped: 0, holder: null, token: 0, expires_at: 0, about: null };
        await transaction
          .insertInto("environment")
          .values({ project, name: environment, ...empty })
          .onConflict((conflict) => conflict.columns(["project", "name"]).doNothing())
          .execute();
        const rows = transaction.selectFrom("environment").select(["holder", "token", "expires_at"]);
        const row = await database
          .locked(rows.where("project", "=", project).where("name", "=", environment))
          .executeTakeFirstOrThrow();
        // Read behind the lock: who had to wait for it must not judge by a time from before.
        const now = Math.floor(await dialect.now(transaction));
        const isHeld = row.holder !== null && row.holder !== holder && row.expires_at > now;
        if (isHeld && !isGone?.(row.holder ?? "")) {
          return failed({
            code: "environment-busy",
            message: `Another writer holds the environment "${environment}"`,
            hint: "Wait for it to finish: tidegate status",
          });
        }
        const lease = { environment, holder, token: Math.max(row.token + 1, now) };
        await set(transaction, lease, { holder, token: lease.token, expires_at: now + ttlMs });
        return ok(lease);
      }),

    async renewLease(lease, ttlMs) {
      const renewed = await database.writeUnder(lease, async (transaction) => {
        const now = Math.floor(await dialect.now(transaction));
        await set(transaction, lease, { expires_at: now + ttlMs });
      });
      return renewed.ok ? ok() : renewed;
    },

    releaseLease: (lease) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable("environment")
          .set({ holder: null, expires_at: 0 })
          .where("project", "=", project)
          .where("name", "=", lease.environment)
          .where("token", "=", lease.token)
          .where("holder", "=", lease.holder)
          .execute();
        return ok();
      }),

    environment: (name) =>
      database.read(async (db) => {
        const query = db.selectFrom("environment").selectAll().where("project", "=", project).where("name", "=", name);
        const row = await query.executeTakeFirst();
        return row === undefined ? undefined : toEnvironment(row);
      }),

    environments: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom("environment").selectAll().where("project", "=", project).execute();
        // Not the database's order: it depends on a locale.
        return rows.map(toEnvironment).sort((one, other) => (one.name < other.name ? -1 : 1));
      }),

    setStopped: (lease, stopped) => update(lease, { stopped: stopped ? 1 : 0 }),

    clearEnvironment: (lease) => update(lease, { serving: null, members: "[]", stopped: 0 }),

    describeEnvironment: (lease, about) => update(lease, { about: fromDocument(about) }),
  };
}
