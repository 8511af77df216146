import { randomBytes } from "node:crypto";
import { fileFailure } from "../../files/file-failure.ts";
import { type PipelinePaths, pipelinePaths } from "../../files/state-folder.ts";
import { markPrefix } from "../../inputs/environment.ts";
import { openCacheKey } from "../../secrets/cache-key.ts";
import { cacheBlobs, ResultCache } from "../entries/result-cache.ts";
import type { Fingerprint } from "../fingerprint/fingerprint.ts";
import { applyDifference, missingBlob } from "../outputs/restore-outputs.ts";
import { misplacedOutputs } from "../outputs/wipe.ts";
import { acquireRunLock } from "../runs/run-lock.ts";
import type { TaskRecord } from "../runs/run-record.ts";
import { isAbsent } from "./facts.ts";
import type { StandingCall } from "./replay-standing.ts";
import type { TaskOutputs } from "./standing-file.ts";

export interface RestoreCall extends StandingCall {
  readonly signal: AbortSignal;
}

/** A task all of whose outputs are gone. */
export interface Missing extends Required<Pick<TaskOutputs, "task" | "bases">> {
  readonly record: TaskRecord;
}

/**
 * Restores tasks whose outputs are gone, and of which it is certain that they would be hits. Returns how many files and
 * links were written for each; `undefined` when anything is not as simple as that: what was restored until then is right,
 * and the rest has to be looked at in full.
 */
export async function restoreMissing(
  call: RestoreCall,
  missing: readonly Missing[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const paths = pipelinePaths(call.stateFolder);
  try {
    const lock = await lockNow(call, paths);
    if (lock === undefined) return undefined;
    try {
      return await restoreAll(call, paths, missing);
    } finally {
      lock.release();
    }
  } catch (error) {
    // Who looks at everything finds the same, and says it.
    if (fileFailure(error) === undefined) throw error;
    return undefined;
  }
}

/** Does not wait for another run. */
async function lockNow({ environment, signal }: RestoreCall, { running }: PipelinePaths) {
  const taken = new AbortController();
  return acquireRunLock({
    runningFolder: running,
    markName: `${markPrefix}${randomBytes(8).toString("hex")}`,
    environment,
    signal: AbortSignal.any([signal, taken.signal]),
    onWaiting: () => taken.abort(),
  });
}

async function restoreAll(
  { projectFolder, environment, signal }: RestoreCall,
  paths: PipelinePaths,
  missing: readonly Missing[],
) {
  const cache = new ResultCache(paths, cacheBlobs(paths), openCacheKey(environment).key);
  const written = new Map<string, number>();
  for (const each of missing) {
    const files = signal.aborted ? undefined : await restore(projectFolder, paths.aside, cache, each);
    if (files === undefined) return undefined;
    written.set(each.task, files);
  }
  return written;
}

async function restore(projectFolder: string, asideFolder: string, cache: ResultCache, { bases, record }: Missing) {
  const found = cache.find(record.fingerprint as Fingerprint);
  if (found.found !== "entry" || found.entry.outputs.digest !== record.outputs) return undefined;
  const claims = bases.map((base) => ({
    pattern: { kind: "path", text: base, base, excluded: false, entersModules: false } as const,
    path: [],
  }));
  if (misplacedOutputs(projectFolder, claims).length > 0) return undefined;
  if (!bases.every((base) => isAbsent(projectFolder, base))) return undefined;
  const difference = { remove: [], removeUnnamed: [], write: found.entry.outputs.entries, chmod: [] };
  if ((await missingBlob(difference, cache.blobs)) !== undefined) return undefined;
  const applied = await applyDifference(projectFolder, difference, cache.blobs, asideFolder);
  if (!applied.ok || applied.value.damaged !== undefined) return undefined;
  return difference.write.filter(({ kind }) => kind !== "folder").length;
}
