import { chmodSync, lstatSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { migrate } from "../migrate.ts";
import { SqlStore } from "../sql-store.ts";
import type { Store } from "../store.ts";
import type { Tables } from "../tables.ts";
import { damaged, stateFailure } from "./damage.ts";

/**
 * Opens the store in a SQLite file, private to the user, creating it when missing. Every transaction is on disk when
 * it resolves (`synchronous=FULL`); a writer waits up to 10 s for another process's transaction.
 * Fails with `state-damaged`, `state-newer`, `no-space` or `not-writable`; nothing is changed then.
 */
export async function openSqliteStore(path: string): Promise<Result<Store>> {
  let database: DatabaseSync | undefined;
  try {
    makeFolder(dirname(path));
    if (isEmptied(path)) return failed(damaged(path, "The file is empty."));
    database = new DatabaseSync(path);
    chmodSync(path, 0o600);
    return await prepare(database, path);
  } catch (error) {
    if (database?.isOpen) database.close();
    const failure = stateFailure(error, path);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}

/**
 * Whether a file has lost its content: SQLite would take it for a new database. One that another process is just making
 * is empty too, but not for long.
 */
function isEmptied(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.size === 0 && Date.now() - stat.mtimeMs > newForMs;
}

const newForMs = 10_000;

async function prepare(database: DatabaseSync, path: string): Promise<Result<Store>> {
  database.exec("PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  const damage = findDamage(database);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) });
  const ready = damage === undefined ? await migrate(db, path) : failed(damaged(path, damage));
  if (ready.ok) return ok(new SqlStore(db));
  await db.destroy();
  // Kysely closes only what it has used.
  if (database.isOpen) database.close();
  return ready;
}

/** Damage is better found now than in the middle of a deployment; the state is small. */
function findDamage(database: DatabaseSync): string | undefined {
  const found = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
  return found === "ok" ? undefined : String(found);
}

/** SQLite has rolled back by itself, as it does on a full disk: rolling back again would hide why. */
const nothing: ReturnType<SqliteDatabase["prepare"]> = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};

/** Kysely speaks to better-sqlite3's interface; Node's own differs in how parameters are passed. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => {
      if (database.isOpen) database.close();
    },
    prepare(text) {
      // A transaction that reads before it writes must have the write lock from the start: otherwise two of them
      // fail each other at once, and the busy timeout does not apply.
      if (text === "rollback" && !database.isTransaction) return nothing;
      const statement = database.prepare(text === "begin" ? "begin immediate" : text);
      type Values = Parameters<typeof statement.all>;
      return {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...(values as Values)),
        run: (values) => statement.run(...(values as Values)),
        iterate: (values) => statement.iterate(...(values as Values)),
      };
    },
  };
}
