import { ok, type Result } from "../../errors/result.ts";
import { asNewFile } from "../../files/as-new-file.ts";
import { copyProject } from "../sql/copy.ts";
import type { Database } from "../sql/database.ts";
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
