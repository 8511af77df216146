import type { Result } from "../errors/result.ts";
import { openSqliteStore, type SqliteOptions } from "./sqlite/open.ts";
import type { Store } from "./store.ts";

/**
 * Opens the store at a place: a path of a SQLite file. It is made when it is not there, and brought up to date when an
 * earlier version wrote it; one of a newer version is refused with `state-newer`.
 */
export function openStore(place: string, options: SqliteOptions = {}): Promise<Result<Store>> {
  return openSqliteStore(place, options);
}
