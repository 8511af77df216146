import { type Collection, collect, collectAll } from "../cache/collect/collect.ts";
import { limitsOf } from "../cache/collect/limits.ts";
import { type CacheStatus, cacheStatus } from "../cache/collect/status.ts";
import { writeTidied } from "../cache/collect/tidy.ts";
import { type Verification, verifyCache } from "../cache/collect/verify.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { pipelinePaths } from "../files/state-folder.ts";
import { withCacheLock } from "../run/cache-lock.ts";
import { type CacheKey, openCacheKey } from "../secrets/cache-key.ts";
import type { Say } from "./notice.ts";
import { openPipeline } from "./open-pipeline.ts";
import type { Ports } from "./ports.ts";

/** What is in the cache of task results. */
export async function cacheStatusOf(ports: Ports): Promise<Result<CacheStatus>> {
  const opened = await openPipeline(ports);
  if (!opened.ok) return opened;
  const key = cacheKeyOf(ports);
  if (!key.ok) return key;
  const limits = limitsOf(opened.value.project.cache);
  return cacheStatus(pipelinePaths(opened.value.checkoutFolder), key.value, limits);
}

/** Brings the cache within its limits, or empties it. A run that is under way is waited for. */
export async function pruneCache(
  ports: Ports,
  request: { readonly all: boolean },
  say: Say,
): Promise<Result<Collection>> {
  const opened = await openPipeline(ports);
  if (!opened.ok) return opened;
  const key = cacheKeyOf(ports);
  if (!key.ok) return key;
  const paths = pipelinePaths(opened.value.checkoutFolder);
  const limits = limitsOf(opened.value.project.cache);
  const onWaiting = () => say({ notice: "waitingForRun", isAnother: false });
  return withCacheLock({ paths, environment: ports.env, signal: ports.signal, onWaiting }, async () => {
    const collection = request.all
      ? await collectAll(paths, key.value)
      : await collect(paths, key.value, limits, ports.now());
    if (collection.ok) writeTidied(paths, { at: ports.now(), bytes: collection.value.bytesLeft });
    return collection;
  });
}

/** Reads every byte of the cache, and takes out what is damaged. */
export async function verifyCacheOf(ports: Ports, say: Say): Promise<Result<Verification>> {
  const opened = await openPipeline(ports);
  if (!opened.ok) return opened;
  const key = cacheKeyOf(ports);
  if (!key.ok) return key;
  const onProgress = ({ blobs, of }: { readonly blobs: number; readonly of: number }) =>
    say({ notice: "progress", what: "verified", done: blobs, of });
  const found = await verifyCache(pipelinePaths(opened.value.checkoutFolder), key.value, onProgress, ports.signal);
  say({ notice: "progressEnded" });
  return found;
}

/** Without the key everything would look damaged, and be removed. */
function cacheKeyOf({ env }: Ports): Result<CacheKey> {
  const { key, trouble } = openCacheKey(env);
  return trouble === undefined ? ok(key) : failed(trouble);
}
