import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import type { Dialect } from "../sql/database.ts";
import { DamagedDocument } from "../sql/records.ts";
import { damaged, stateFailure } from "./damage.ts";

/** SQLite: one writer at a time over the whole file (`begin immediate`), on one machine whose clock is everybody's. */
export function sqliteDialect(path: string, now: () => number): Dialect {
  return {
    locksRows: false,
    now: async () => now(),
    lockSchema: async () => {},
    hasMeta: async (db) => {
      const found = await sql`select 1 from sqlite_master where type = 'table' and name = 'meta'`.execute(db);
      return found.rows.length > 0;
    },
    failure(error) {
      if (error instanceof DamagedDocument) return damaged(path, error.message);
      if (isLocked(error)) {
        return {
          code: "store-unreachable",
          message: `Another process is holding on to the state in ${path}`,
          hint: "Try again once it has finished.",
        };
      }
      return stateFailure(error, path);
    },
    isInTheWay: isLocked,
    damage: async (db) => foundIn((await sql`PRAGMA integrity_check`.execute(db)).rows),
  };
}

/** What a quick look finds wrong with the file: `undefined` for nothing. */
export function findDamage(file: DatabaseSync): string | undefined {
  return foundIn(file.prepare("PRAGMA quick_check(1)").all())[0];
}

function foundIn(rows: readonly unknown[]): string[] {
  return rows.map((row) => String(Object.values(row as object)[0])).filter((found) => found !== "ok");
}

/** SQLITE_BUSY (5) and its kin: nothing of the transaction was done. */
function isLocked(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" && (code & 0xff) === 5;
}
