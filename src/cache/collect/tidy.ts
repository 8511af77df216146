import { ok, type Result } from "../../errors/result.ts";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import { writeQuickly } from "../../files/write-quickly.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import { type Collection, collect } from "./collect.ts";
import type { Limits } from "./limits.ts";

/** When the cache was last brought within its limits, and how large it has become since, at most. */
interface Tidied {
  readonly at: number;
  readonly bytes: number;
}

const dayMs = 24 * 60 * 60_000;
/** However full it is, not more often: when what is in use is too large, looking again does not help. */
const pauseMs = 10 * 60_000;

/**
 * Collects when it is time: once a day, or when the cache may have outgrown its size. To be called by a run that stored
 * something, with the bytes it stored; the run lock must be held. `undefined` when it was not time.
 * @throws the system's error.
 */
export async function tidyIfDue(
  paths: PipelinePaths,
  key: CacheKey,
  limits: Limits,
  now: number,
  stored: number,
): Promise<Result<Collection | undefined>> {
  const last = readTidied(paths);
  const bytes = last.bytes + stored;
  const sinceMs = now - last.at;
  const isDue = sinceMs > dayMs || sinceMs < 0 || (bytes > limits.maxBytes && sinceMs > pauseMs);
  if (!isDue) {
    writeTidied(paths, { at: last.at, bytes });
    return ok(undefined);
  }
  const collection = await collect(paths, key, limits, now);
  if (collection.ok) writeTidied(paths, { at: now, bytes: collection.value.bytesLeft });
  return collection;
}

/** When the cache was last brought within its limits; `undefined` when never. */
export function tidiedAt(paths: PipelinePaths): number | undefined {
  const { at } = readTidied(paths);
  return at === 0 ? undefined : at;
}

export function writeTidied(paths: PipelinePaths, tidied: Tidied): void {
  writeQuickly(paths.tidied, JSON.stringify(tidied));
}

/** Without a record it is time. */
function readTidied(paths: PipelinePaths): Tidied {
  try {
    const value: unknown = JSON.parse(readTextIfThere(paths.tidied, { forgive: "everything" }) ?? "");
    if (isRecord(value) && typeof value.at === "number" && typeof value.bytes === "number")
      return { at: value.at, bytes: value.bytes };
  } catch {
    // Damaged counts as missing.
  }
  return { at: 0, bytes: 0 };
}
