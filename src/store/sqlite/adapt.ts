import type { DatabaseSync } from "node:sqlite";
import type { SqliteDatabase } from "kysely";

/** Kysely speaks to better-sqlite3's interface; Node's own differs in how parameters are passed. */
export function adapt(file: DatabaseSync): SqliteDatabase {
  return {
    close: () => {
      if (file.isOpen) file.close();
    },
    prepare(text) {
      if (text === "rollback" && !file.isTransaction) return nothing;
      // A transaction that reads before it writes must have the write lock from the start: otherwise two of them
      // fail each other in the middle, and what the first read is no longer true.
      const statement = file.prepare(text === "begin" ? "begin immediate" : text);
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

/** SQLite has rolled back by itself, as it does on a full disk: rolling back again would hide why. */
const nothing: ReturnType<SqliteDatabase["prepare"]> = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};
