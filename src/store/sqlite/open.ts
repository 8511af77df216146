import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import { failed, ok, type Result } from "../../errors/result.ts";
import { asNewFile } from "../../files/as-new-file.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { Database } from "../sql/database.ts";
import { migrate } from "../sql/migrate.ts";
import { sqlStore } from "../sql/sql-store.ts";
import type { Tables } from "../sql/tables.ts";
import type { Sign, Store } from "../store.ts";
import { adapt } from "./adapt.ts";
import { damaged, stateFailure } from "./damage.ts";
import { findDamage, sqliteDialect } from "./dialect.ts";

export interface SqliteOptions {
  /** Whose state it is; a file in a project's own folder needs no name. */
  readonly project?: string;
  /** The store's clock; milliseconds since 1970. */
  readonly now?: () => number;
  /** Signs the audit log; asked for each time something is appended to it. */
  readonly sign?: Sign | undefined;
}

/** The name of the project in a file that has only one. */
const soleProject = "project";

/**
 * Opens the store in a SQLite file, private to the user, creating it when missing. Every transaction is on disk when
 * it resolves (`synchronous=FULL`); a writer waits up to 10 s for another process's transaction.
 * Fails with `state-damaged`, `state-newer`, `no-space`, `not-writable` or `store-unreachable`; nothing is changed then.
 */
export async function openSqliteStore(path: string, options: SqliteOptions = {}): Promise<Result<Store>> {
  const opened = await open(path, options);
  if (!opened.ok) return opened;
  const { database, file } = opened.value;
  // Through the connection: not in the middle of a transaction.
  const backup = (to: string) => database.db.connection().execute(() => backupTo(file, to));
  return ok(sqlStore(database, async (to) => flat(await database.read(() => backup(to)))));
}

/** The same, for whoever writes rows that no verb writes. */
export async function openSqliteDatabase(path: string, options: SqliteOptions = {}): Promise<Result<Database>> {
  const opened = await open(path, options);
  return opened.ok ? ok(opened.value.database) : opened;
}

interface Opened {
  readonly database: Database;
  readonly file: DatabaseSync;
}

async function open(path: string, options: SqliteOptions): Promise<Result<Opened>> {
  let file: DatabaseSync | undefined;
  try {
    makeFolder(dirname(path));
    if (isEmptied(path)) return failed(damaged(path, "The file is empty."));
    file = new DatabaseSync(path);
    chmodSync(path, 0o600);
    return await prepare(file, path, options);
  } catch (error) {
    if (file?.isOpen) file.close();
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
  const stat = lstatIfThere(path);
  return stat?.size === 0 && Date.now() - stat.mtimeMs > newForMs;
}

const newForMs = 10_000;

async function prepare(file: DatabaseSync, path: string, options: SqliteOptions): Promise<Result<Opened>> {
  file.exec("PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  // Damage is better found now than in the middle of a deployment; the state is small.
  const damage = findDamage(file);
  // From here on a transaction waits its turn without holding up the whole process (see `Database`).
  file.exec("PRAGMA busy_timeout=0");
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(file) }) });
  const database = new Database(db, sqliteDialect(path, options.now ?? Date.now), {
    project: options.project ?? soleProject,
    sign: options.sign,
  });
  const ready = damage === undefined ? await migrate(database, path) : failed(damaged(path, damage));
  if (ready.ok) return ok({ database, file });
  await db.destroy();
  // Kysely closes only what it has used.
  if (file.isOpen) file.close();
  return ready;
}

function flat(result: Result<Result<void>>): Result<void> {
  return result.ok ? result.value : result;
}

/** See `Upkeep.backup`. Not for the middle of a transaction. */
function backupTo(file: DatabaseSync, to: string): Promise<Result<void>> {
  return asNewFile(to, async (beside) => {
    file.prepare("VACUUM INTO ?").run(beside);
    return ok();
  });
}
