import type { Kysely } from "kysely";
import { rowsAtOnce, type Tables, tablesOfProjects } from "./tables.ts";

/** Copies everything of a project into a database that has nothing of it, under the name that it has there. */
export async function copyProject(
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
