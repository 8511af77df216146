import type { Result } from "../errors/result.ts";
import { openSqliteStore } from "./sqlite/open.ts";
import type { Sign, Store } from "./store.ts";

export interface OpenStoreOptions {
  /** Whose state it is. In a file that only one project uses it may be left out, and then always is. */
  readonly project?: string;
  /** Signs the audit log with the project's key; whoever only looks needs none. */
  readonly sign?: Sign;
}

/**
 * Opens the store at a place: the path of a SQLite file, or the URL of a PostgreSQL database (`postgres://…`, a secret: it
 * is in no failure), which several machines may share. It is made when it is not there, and brought up to date when an
 * earlier version wrote it; one of a newer version is refused with `state-newer`.
 */
export async function openStore(place: string, { project, sign }: OpenStoreOptions = {}): Promise<Result<Store>> {
  if (!/^postgres(ql)?:/.test(place))
    return openSqliteStore(place, { sign, ...(project !== undefined && { project }) });
  // Most projects never need it: no start pays for it.
  const { openPostgresStore } = await import("./postgres/open.ts");
  if (project === undefined) throw new Error("A database that several projects share needs to know whose state it is");
  return openPostgresStore(place, { project, sign });
}
