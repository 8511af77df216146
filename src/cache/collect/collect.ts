import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BlobDigest } from "../../blobs/blob-store.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import { cacheBlobs } from "../entries/result-cache.ts";
import type { Limits } from "./limits.ts";
import { type KeptEntry, planCollection } from "./plan.ts";
import { surveyCache } from "./survey.ts";

/** What a collection did. */
export interface Collection {
  readonly entriesRemoved: number;
  readonly bytesFreed: number;
  readonly entriesLeft: number;
  readonly bytesLeft: number;
}

/** A file that is being written is younger than this. */
const halfWrittenMs = 60 * 60_000;

/**
 * Makes the cache keep its limits. Only for who holds the project's run lock: then nobody is about to refer to a blob.
 * Entries go before their blobs: a kill in between leaves blobs that the next collection finds, and never an entry
 * without its bytes. @throws the system's error.
 */
export async function collect(
  paths: PipelinePaths,
  key: CacheKey,
  limits: Limits,
  now: number,
): Promise<Result<Collection>> {
  const survey = await surveyCache(paths, key);
  if (!survey.ok) return survey;
  const { entries, blobs, unusable } = survey.value;
  const plan = planCollection(entries, blobs, limits, now);
  for (const file of unusable) if (isOld(file, now)) rmSync(file, { force: true });
  for (const entry of plan.remove) rmSync(entryFile(paths, entry), { force: true });
  const kept = new Set([...blobs.keys()].filter((digest) => !plan.free.has(digest)));
  return removeBlobs(paths, kept, entries.length - plan.remove.length, plan.remove.length);
}

/** Removes every result, whatever its age; the same care as `collect`. @throws the system's error. */
export async function collectAll(paths: PipelinePaths, key: CacheKey): Promise<Result<Collection>> {
  const survey = await surveyCache(paths, key);
  if (!survey.ok) return survey;
  rmSync(paths.entries, { recursive: true, force: true });
  return removeBlobs(paths, new Set(), 0, survey.value.entries.length);
}

/** Nobody holds the cache's blobs: they are under the run lock. */
async function removeBlobs(
  paths: PipelinePaths,
  kept: ReadonlySet<BlobDigest>,
  entriesLeft: number,
  entriesRemoved: number,
): Promise<Result<Collection>> {
  const removed = await cacheBlobs(paths).collect(async () => ok(kept));
  if (!removed.ok) return removed;
  const { bytes: bytesFreed, bytesLeft } = removed.value ?? { bytes: 0, bytesLeft: 0 };
  return ok({ entriesRemoved, bytesFreed, entriesLeft, bytesLeft });
}

export function entryFile({ entries }: PipelinePaths, { fingerprint }: Pick<KeptEntry, "fingerprint">): string {
  return join(entries, `${fingerprint.slice("sha256:".length)}.json`);
}

/** A damaged entry is as good as none, but one that is just being written beside it is not damaged. */
function isOld(file: string, now: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < now - halfWrittenMs;
}
