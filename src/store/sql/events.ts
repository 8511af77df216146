import { ok } from "../../errors/result.ts";
import { type Events, eventsKept, type Incidents, incidentsKept } from "../store.ts";
import { appendActions } from "./audit.ts";
import type { Database } from "./database.ts";
import { fromDocument, toEvent, toIncident } from "./records.ts";
import { rowsAtOnce } from "./tables.ts";

/**
 * What happened. Whoever appends holds the counter's lock until its transaction has ended, so the next number can only be
 * given out when all lower ones can be seen: a reader that goes on from the last number it saw misses nothing.
 */
export function eventsIn(database: Database): Events & Incidents {
  const { project } = database;
  return {
    appendEvents: (events) =>
      database.write(async (transaction) => {
        if (events.length === 0) return ok([]);
        const last = await database.next(transaction, "event", { many: events.length });
        const stored = events.map(({ action: _, ...event }, index) => ({
          ...event,
          seq: last - events.length + 1 + index,
        }));
        const rows = stored.map(({ seq, at, subject, by, event }) => ({
          project,
          seq,
          at,
          subject_kind: subject.kind,
          subject_name: subject.name,
          subject: JSON.stringify(subject),
          by: fromDocument(by),
          event: JSON.stringify(event),
        }));
        for (let from = 0; from < rows.length; from += rowsAtOnce)
          await transaction
            .insertInto("event")
            .values(rows.slice(from, from + rowsAtOnce))
            .execute();
        await appendActions(
          database,
          transaction,
          events.map(({ action }) => action),
        );
        const old = transaction.deleteFrom("event").where("project", "=", project);
        await old.where("seq", "<=", last - eventsKept).execute();
        return ok(stored);
      }),

    events: ({ after, limit, subject }) =>
      database.read(async (db) => {
        const own = db.selectFrom("event").where("project", "=", project);
        let query = own.selectAll().where("seq", ">", after).orderBy("seq").limit(limit);
        if (subject !== undefined) query = query.where("subject_kind", "=", subject.kind);
        if (subject?.name !== undefined) query = query.where("subject_name", "=", subject.name);
        const events = (await query.execute()).map(toEvent);
        // In this order: what is thrown away between the two looks is called missed, never passed over in silence.
        const first = await own.select(({ fn }) => fn.min("seq").as("seq")).executeTakeFirst();
        const oldest = Math.min(Number(first?.seq ?? after + 1), events[0]?.seq ?? Number.POSITIVE_INFINITY);
        return { events, missed: Math.max(0, oldest - 1 - after) };
      }),

    addIncident: ({ at, environment, event }) =>
      database.write(async (transaction) => {
        const id = await database.next(transaction, "incident");
        const row = { project, id, at, environment, event: JSON.stringify(event) };
        await transaction.insertInto("incident").values(row).execute();
        const ids = transaction.selectFrom("incident").select("id").where("project", "=", project);
        const kept = ids.where("environment", "=", environment).orderBy("id", "desc");
        const tooOld = await kept.offset(incidentsKept).limit(1).executeTakeFirst();
        if (tooOld === undefined) return ok();
        const old = transaction.deleteFrom("incident").where("project", "=", project);
        await old.where("environment", "=", environment).where("id", "<=", tooOld.id).execute();
        return ok();
      }),

    incidents: ({ environment, limit }) =>
      database.read(async (db) => {
        let query = db.selectFrom("incident").selectAll().where("project", "=", project).orderBy("id", "desc");
        if (environment !== undefined) query = query.where("environment", "=", environment);
        return (await query.limit(limit).execute()).map(toIncident);
      }),
  };
}
