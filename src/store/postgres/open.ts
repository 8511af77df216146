import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { failed, ok, type Result } from "../../errors/result.ts";
import { Database } from "../sql/database.ts";
import { migrate } from "../sql/migrate.ts";
import { sqlStore } from "../sql/sql-store.ts";
import type { Tables } from "../sql/tables.ts";
import type { Sign, Store } from "../store.ts";
import { backupFrom } from "./backup.ts";
import { postgresDialect } from "./dialect.ts";

export interface PostgresOptions {
  /** Whose state it is: several projects may share a database. */
  readonly project: string;
  /** How long the server may take to answer a call, in milliseconds. */
  readonly patienceMs?: number;
  /** Signs the audit log; asked for each time something is appended to it. */
  readonly sign?: Sign | undefined;
}

/** Everything of Tidegate's is in a schema of its own: the database may have others. */
export const schema = "tidegate";

/**
 * Opens the store of a project in a PostgreSQL database, making its tables when they are not there.
 * Fails with `store-unreachable`, `state-newer`, `state-damaged` or `not-writable`. No message ever contains the URL: its
 * password is a secret. A connection that breaks is replaced by the next call.
 */
export async function openPostgresStore(url: string, options: PostgresOptions): Promise<Result<Store>> {
  const place = placeOf(url);
  if (place === undefined) {
    const message = "The URL of the state's database cannot be read";
    return failed({ code: "bad-arguments", message, hint: "postgres://user:password@host:5432/database" });
  }
  const patienceMs = options.patienceMs ?? 15_000;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "tidegate",
    max: 4,
    keepAlive: true,
    connectionTimeoutMillis: patienceMs,
    // The server gives up first, so that what became of a statement is known; the second is for one that went silent.
    statement_timeout: patienceMs,
    query_timeout: patienceMs + 2_000,
    lock_timeout: patienceMs,
    idle_in_transaction_session_timeout: patienceMs * 2,
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  });
  // A connection that breaks: the call that uses it fails, or the next one gets another. Unheard, it would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema(schema);
  const database = new Database(db, postgresDialect(place, schema), { ...options, patienceMs });
  const ready = await migrate(database, place);
  if (ready.ok) return ok(sqlStore(database, (file) => backupFrom(database, file)));
  await db.destroy();
  return ready;
}

/** Numbers of 64 bits come as text, because not all of them fit; ours do. */
function parserOf(type: number, format?: "text" | "binary"): (value: string) => unknown {
  if (type === pg.types.builtins.INT8) return Number;
  return pg.types.getTypeParser(type, format as "text");
}

/** Where the database is, for people: nothing of the user, the password or the options. `undefined`: no such URL. */
function placeOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  return /^postgres(ql)?:$/.test(protocol) ? `postgres://${host}${pathname}` : undefined;
}
