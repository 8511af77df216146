import type { Kysely } from "kysely";
import { ok, type Result } from "../../errors/result.ts";
import { asNewFile } from "../../files/as-new-file.ts";
import type { Database } from "../sql/database.ts";
import { rowsAtOnce, type Tables, tablesOfProjects } from "../sql/tables.ts";
import { openSqliteDatabase } from "../sqlite/open.ts";

/** See `Upkeep.backup`. One snapshot of the server's is read from beginning to end; nobody waits for it. */
export function backupFrom(from: Database, file: string): Promise<Result<void>> {
  return asNewFile(file, async (beside) => {
    const opened = await openSqliteDatabase(beside);
    if (!opened.ok) return opened;
    const to = opened.value;
    try {
      return await from.snapshot((db) =>
        to.write(async (transaction) => {
          await copyProject({ db, project: from.project }, { db: transaction, project: to.project });
          return ok();
        }),
      );
    } finally {
      await to.db.destroy();
    }
  });
}

/** Copies everything of a project into a database that has nothing of it, under the name that it has there. */
async function copyProject(
  from: { readonly db: Kysely<Tables>; readonly project: string },
  to: { readonly db: Kysely<Tables>; readonly project: string },
): Promise<void> {
  for (const table of tablesOfProjects) {
    // All of these tables begin with the project; the types need not know which one it is.
    const name = table as "counter";
    const rows = await from.db.selectFrom(name).selectAll().where("project", "=", from.project).execute();
    for (let start = 0; start < rows.length; start += rowsAtOnce) {
      const part = rows.slice(start, start + rowsAtOnce).map((row) => ({ ...row, project: to.project }));
      await to.db.insertInto(name).values(part).execute();
    }
  }
}
