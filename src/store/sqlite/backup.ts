import type { DatabaseSync } from "node:sqlite";
import { ok, type Result } from "../../errors/result.ts";
import { asNewFile } from "../../files/as-new-file.ts";

/** See `Upkeep.backup`. Not for the middle of a transaction. */
export function backupTo(file: DatabaseSync, to: string): Promise<Result<void>> {
  return asNewFile(to, async (beside) => {
    file.prepare("VACUUM INTO ?").run(beside);
    return ok();
  });
}
