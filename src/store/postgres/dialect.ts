import { sql } from "kysely";
import type { Failure } from "../../errors/failure.ts";
import type { Dialect } from "../sql/database.ts";
import { DamagedDocument } from "../sql/records.ts";

/** Any number that no other program is likely to lock by. */
const schemaLock = 7_412_839_471;

/** PostgreSQL: several machines, so rows are locked one by one, and the server's clock is everybody's. */
export function postgresDialect(place: string, schema: string): Dialect {
  return {
    locksRows: true,

    // Not `now()`: that is when the transaction began, before it waited for a lock.
    async now(transaction) {
      const asked = sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`;
      return (await asked.execute(transaction)).rows[0]!.now;
    },

    async lockSchema(transaction) {
      await sql`select pg_advisory_xact_lock(${schemaLock}::bigint)`.execute(transaction);
      await transaction.schema.createSchema(schema).ifNotExists().execute();
    },

    async hasMeta(db) {
      const name = `${schema}.meta`;
      const found = await sql<{ found: boolean }>`select to_regclass(${name}) is not null as found`.execute(db);
      return found.rows[0]!.found;
    },

    failure: (error) => failureOf(error, place),
    isInTheWay: (error) => inTheWay.has(codeOf(error)),
    // The server looks after its own pages.
    damage: async () => [],
  };
}

/** A circle of locks, a transaction that could not be put in order with others, a lock that did not come in time. */
const inTheWay = new Set(["40P01", "40001", "55P03"]);

/** Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html, or Node's of the connection. */
function failureOf(error: unknown, place: string): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  const cause = causeOf(error);
  if (error instanceof DamagedDocument || /^(42P01|42703|XX)/.test(code)) {
    const hint = "What is running keeps running. Restore the state from a backup.";
    return { code: "state-damaged", message: `The state in ${place} cannot be read`, cause, hint };
  }
  if (code === "53100") {
    const hint = "Free some space there, then run the command again. No half-written file was kept.";
    return { code: "no-space", message: `No space left for the database ${place}`, cause, hint };
  }
  if (code === "25006" || code === "42501") {
    const hint = "Allow its user to write and create tables there; a standby server takes no writes.";
    return { code: "not-writable", message: `Cannot write to the database ${place}`, cause, hint };
  }
  if (!isUnreachable(error, code)) return undefined;
  const hint =
    "What is running keeps running. Check that the database is running and accepts this machine, then try again.";
  return { code: "store-unreachable", message: `The database ${place} does not answer`, cause, hint };
}

/** Connections (08), who may connect (28, 3D000), no room (53), given up or shut down (57), others in the way for too long. */
function isUnreachable(error: Error, code: string): boolean {
  if (/^(08|28|3D|53|57)/.test(code) || inTheWay.has(code)) return true;
  if (/^E[A-Z]+$/.test(code)) return true;
  return /Connection terminated|timeout expired|read timeout|timeout exceeded|not queryable|connection error|SSL|self.signed/i.test(
    error.message,
  );
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/** Of several addresses that were tried, Node says nothing but how each failed. */
function causeOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join("; ");
}
