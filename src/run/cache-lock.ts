import { randomBytes } from "node:crypto";
import { acquireRunLock } from "../cache/runs/run-lock.ts";
import { failed, type Result } from "../errors/result.ts";
import { guardDisk } from "../files/guard-disk.ts";
import { type PipelinePaths, prepareStateFolder } from "../files/state-folder.ts";
import { markPrefix } from "../inputs/environment.ts";
import { endLeftovers } from "../runner/leftovers.ts";

export interface CacheLockOptions {
  readonly paths: PipelinePaths;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called once, when a run is under way. */
  readonly onWaiting: () => void;
}

/**
 * Does something to the cache while no run of the project is under way; one that is, is waited for. Fails with
 * `interrupted`, and with `bad-arguments` inside of a task: the run it is part of would never end.
 */
export function withCacheLock<T>(options: CacheLockOptions, work: () => Promise<Result<T>>): Promise<Result<T>> {
  return guardDisk(async () => {
    const { paths, environment, signal, onWaiting } = options;
    prepareStateFolder(paths.root);
    const markName = `${markPrefix}${randomBytes(8).toString("hex")}`;
    const lock = await acquireRunLock({ runningFolder: paths.running, markName, environment, signal, onWaiting });
    if (lock === undefined) return failed({ code: "interrupted", message: "Interrupted before anything was removed" });
    try {
      if (!lock.isOwn)
        return failed({ code: "bad-arguments", message: "A task cannot prune the cache of its own run" });
      await endLeftovers(paths.root);
      return await work();
    } finally {
      lock.release();
    }
  });
}
