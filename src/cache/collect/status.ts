import { ok, type Result } from "../../errors/result.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import type { Limits } from "./limits.ts";
import { surveyCache } from "./survey.ts";
import { tidiedAt } from "./tidy.ts";

export interface CacheStatus {
  readonly entries: number;
  /** Results that tasks have at the moment: they are never taken out by themselves. */
  readonly current: number;
  readonly bytes: number;
  readonly blobs: number;
  /** Entries that cannot be read. */
  readonly unusable: number;
  readonly limits: Limits;
  /** When the result that was not used for longest was used; milliseconds since 1970. */
  readonly oldestUse?: number;
  readonly tidiedAt?: number;
  /** Those with the largest results, at most ten. Files that several results share count for each of them. */
  readonly tasks: readonly { readonly task: string; readonly entries: number; readonly bytes: number }[];
}

const shownTasks = 10;

/** What is in a cache. Reads no blob, changes nothing. */
export async function cacheStatus(paths: PipelinePaths, key: CacheKey, limits: Limits): Promise<Result<CacheStatus>> {
  const survey = await surveyCache(paths, key);
  if (!survey.ok) return survey;
  const { entries, blobs: sizes, unusable } = survey.value;
  const uses = entries.map(({ usedAt }) => usedAt);
  const tidied = tidiedAt(paths);
  const tasks = [...Map.groupBy(entries, ({ task }) => task)].map(([task, own]) => {
    const digests = new Set(own.flatMap((entry) => entry.blobs));
    return {
      task,
      entries: own.length,
      bytes: [...digests].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0),
    };
  });
  return ok({
    entries: entries.length,
    current: entries.filter(({ isCurrent }) => isCurrent).length,
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    blobs: sizes.size,
    unusable: unusable.length,
    limits,
    ...(uses.length > 0 && { oldestUse: uses.reduce((least, use) => Math.min(least, use)) }),
    ...(tidied !== undefined && { tidiedAt: tidied }),
    tasks: tasks.sort((a, b) => b.bytes - a.bytes).slice(0, shownTasks),
  });
}
