import type { Selectable, Transaction } from "kysely";
import { ok } from "../../errors/result.ts";
import { type Audit, type AuditHead, headText, linkAfter, type NewAction } from "../audit.ts";
import type { Database } from "./database.ts";
import type { Tables } from "./tables.ts";

export function auditIn(database: Database): Audit {
  const { project } = database;
  return {
    appendActions: (actions) =>
      database.write(async (transaction) => {
        await appendActions(database, transaction, actions);
        return ok();
      }),

    audit: ({ after, limit }) =>
      database.read(async (db) => {
        // In this order: what is appended between the two looks is behind the head, and not taken for an end that is missing.
        const row = await db.selectFrom("audit_head").selectAll().where("project", "=", project).executeTakeFirst();
        const links = await db
          .selectFrom("audit")
          .select(["seq", "hash", "entry"])
          .where("project", "=", project)
          .where("seq", ">", after)
          .orderBy("seq")
          .limit(limit)
          .execute();
        return { links, ...(row && { head: toHead(row) }) };
      }),
  };
}

/**
 * The one door to the log. The counter's lock is the chain's: whoever has it is alone until the transaction ends. It is the last
 * of the counters to be asked for, and comes before releases (see `Database`).
 */
export async function appendActions(
  database: Database,
  transaction: Transaction<Tables>,
  actions: readonly (NewAction | undefined)[],
): Promise<void> {
  const { project, sign } = database;
  const told = actions.filter((action) => action !== undefined);
  if (told.length === 0) return;
  await database.next(transaction, "audit", { many: told.length });
  const row = await transaction
    .selectFrom("audit_head")
    .select(["seq", "hash"])
    .where("project", "=", project)
    .executeTakeFirst();
  let head: Pick<AuditHead, "seq" | "hash"> | undefined = row;
  for (const action of told) {
    const link = linkAfter(head, action);
    await transaction
      .insertInto("audit")
      .values({ project, ...link })
      .execute();
    head = { seq: link.seq, hash: link.hash };
  }
  if (head === undefined) return;
  const signed = sign?.(headText(head));
  const values = { ...head, key: signed?.key ?? null, signature: signed?.signature ?? null };
  await transaction
    .insertInto("audit_head")
    .values({ project, ...values })
    .onConflict((conflict) => conflict.column("project").doUpdateSet(values))
    .execute();
}

function toHead({ seq, hash, key, signature }: Selectable<Tables["audit_head"]>): AuditHead {
  return { seq, hash, ...(key !== null && signature !== null && { signed: { key, signature } }) };
}
