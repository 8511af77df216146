import { join } from "node:path";
import { failed, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import { prepareStateFolder } from "../../../files/state-folder.ts";
import { waitForProcessLock } from "../../../process/process-lock.ts";
import type { SecretsSession } from "./session.ts";

/** Other writers are done in a moment, but for an editor. */
const patienceMs = 10_000;

/** Does work that writes secrets files while no other call of Tidegate on this machine does. */
export function withSecretsLock<T>(session: SecretsSession, work: () => Promise<Result<T>>): Promise<Result<T>> {
  const { checkoutFolder, ports } = session;
  return guardDisk(async () => {
    prepareStateFolder(checkoutFolder);
    const path = join(checkoutFolder, "secrets.lock");
    const lock = await waitForProcessLock(path, patienceMs, { signal: ports.signal });
    if (lock === undefined && ports.signal.aborted)
      return failed({ code: "interrupted", message: "Interrupted; nothing was written" });
    if (lock === undefined) return failed(busy);
    try {
      return await work();
    } finally {
      lock.release();
    }
  });
}

const busy = {
  code: "secrets-busy",
  message: "Another Tidegate command is changing the project's secrets",
  hint: "Is `tidegate secrets edit` open somewhere? Close it, then run the command again.",
} as const;
