import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { removeBlob, removeHalfWritten } from "../../blobs/disk/disk-blobs.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { Limits } from "./limits.ts";
import { type KeptEntry, planCollection } from "./plan.ts";
import { sizesOf, surveyCache } from "./survey.ts";

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
export function collect(paths: PipelinePaths, limits: Limits, now: number): Collection {
  const { entries, blobs, unusable } = surveyCache(paths);
  const plan = planCollection(entries, sizesOf(blobs), limits, now);
  for (const file of unusable) if (isOld(file, now)) rmSync(file, { force: true });
  for (const entry of plan.remove) rmSync(entryFile(paths, entry), { force: true });
  let bytesFreed = 0;
  for (const digest of plan.free) {
    const blob = blobs.get(digest);
    if (blob === undefined) continue;
    removeBlob(blob);
    bytesFreed += blob.size;
  }
  removeHalfWritten(paths.blobs, now - halfWrittenMs);
  const entriesRemoved = plan.remove.length;
  return { entriesRemoved, bytesFreed, entriesLeft: entries.length - entriesRemoved, bytesLeft: plan.bytesLeft };
}

/** Removes every result, whatever its age; the same care as `collect`. @throws the system's error. */
export function collectAll(paths: PipelinePaths): Collection {
  const { entries, blobs } = surveyCache(paths);
  rmSync(paths.entries, { recursive: true, force: true });
  rmSync(paths.blobs, { recursive: true, force: true });
  const bytesFreed = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  return { entriesRemoved: entries.length, bytesFreed, entriesLeft: 0, bytesLeft: 0 };
}

export function entryFile({ entries }: PipelinePaths, { fingerprint }: Pick<KeptEntry, "fingerprint">): string {
  return join(entries, `${fingerprint.slice("sha256:".length)}.json`);
}

/** A damaged entry is as good as none, but one that is just being written beside it is not damaged. */
function isOld(file: string, now: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < now - halfWrittenMs;
}
