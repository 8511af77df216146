import { rmSync } from "node:fs";
import type { BlobDigest } from "../../blobs/blob-store.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import { cacheBlobs } from "../entries/result-cache.ts";
import { entryFile } from "./collect.ts";
import { surveyCache } from "./survey.ts";

/** What was found, and taken out where it was not as it should be. */
export interface Verification {
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly damagedBlobs: readonly BlobDigest[];
  /** Files that are no entries, or were not written with this key. */
  readonly damagedEntries: readonly string[];
  /** Tasks of entries that lack a blob. */
  readonly incomplete: readonly string[];
}

export interface VerifyProgress {
  readonly blobs: number;
  readonly of: number;
}

/**
 * Reads every byte of the cache. What is damaged is removed, and what depended on it: to a run that works beside, that
 * is a miss like any other. Stops early when aborted; then what was not read counts as whole. @throws the system's error.
 */
export async function verifyCache(
  paths: PipelinePaths,
  key: CacheKey,
  onProgress: (progress: VerifyProgress) => void,
  signal: AbortSignal,
): Promise<Result<Verification>> {
  const survey = await surveyCache(paths, key);
  if (!survey.ok) return survey;
  const { entries, blobs, unusable } = survey.value;
  const store = cacheBlobs(paths);
  const damagedBlobs: BlobDigest[] = [];
  let count = 0;
  let bytes = 0;
  for (const [digest, size] of blobs) {
    if (signal.aborted) break;
    const whole = await store.verify(digest);
    if (!whole.ok) return whole;
    if (!whole.value) damagedBlobs.push(digest);
    count += 1;
    bytes += size;
    onProgress({ blobs: count, of: blobs.size });
  }
  const damaged = new Set(damagedBlobs);
  const isGone = (digest: BlobDigest) => damaged.has(digest) || !blobs.has(digest);
  const incomplete = entries.filter((entry) => entry.blobs.some(isGone));
  const damagedEntries = unusable.filter((file) => file.endsWith(".json"));
  for (const entry of incomplete) rmSync(entryFile(paths, entry), { force: true });
  for (const file of damagedEntries) rmSync(file, { force: true });
  const tasks = [...new Set(incomplete.map(({ task }) => task))].sort();
  return ok({ entries: entries.length, blobs: count, bytes, damagedBlobs, damagedEntries, incomplete: tasks });
}
