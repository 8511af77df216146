import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { migrate } from "../migrate.ts";
import { SqlStore } from "../sql-store.ts";
import type { Store } from "../store.ts";
import type { Tables } from "../tables.ts";

/**
 * Opens the store in a SQLite file, private to the user, creating it when missing. Every transaction is on disk when
 * it resolves (`synchronous=FULL`); a writer waits up to 10 s for another process's transaction.
 * Fails with `state-damaged`, `state-newer`, `no-space` or `not-writable`; nothing is changed then.
 */
export async function openSqliteStore(path: string): Promise<Result<Store>> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path);
    chmodSync(path, 0o600);
    database.exec("PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(database) }) });
    const migrated = await migrate(db, path);
    if (!migrated.ok) {
      await db.destroy();
      return migrated;
    }
    return ok(new SqlStore(db));
  } catch (error) {
    const failure = fileFailure(error, path) ?? damaged(error, path);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}

function damaged(error: unknown, path: string): Failure | undefined {
  if (!(error instanceof Error) || !/not a database|malformed|disk I\/O error|no such column/.test(error.message))
    return undefined;
  return {
    code: "state-damaged",
    message: `The state in ${path} cannot be read`,
    cause: error.message,
    hint: `What runs goes on running. Restore the file from a backup, or set it aside and deploy again: mv ${JSON.stringify(path)} ${JSON.stringify(`${path}.damaged`)}`,
  };
}

/** Kysely speaks to better-sqlite3's interface; Node's own differs in how parameters are passed. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      // A transaction that reads before it writes must have the write lock from the start: otherwise two of them
      // fail each other at once, and the busy timeout does not apply.
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
