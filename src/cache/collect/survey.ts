import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BlobDigest } from "../../blobs/blob-store.ts";
import { ok, type Result } from "../../errors/result.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import { type Entry, parseEntry } from "../entries/entry.ts";
import { cacheBlobs } from "../entries/result-cache.ts";
import type { Fingerprint } from "../fingerprint/fingerprint.ts";
import { listRuns } from "../runs/run-record.ts";
import type { KeptEntry } from "./plan.ts";

/** Everything that is in a cache. */
export interface Survey {
  readonly entries: readonly KeptEntry[];
  /** Sizes. */
  readonly blobs: ReadonlyMap<BlobDigest, number>;
  /** Files among the entries that are none: damaged, of an older form, or not written with this key. */
  readonly unusable: readonly string[];
}

/** Looks at every entry and every blob's name and size. Reads no blob, changes nothing. */
export async function surveyCache(paths: PipelinePaths, key: CacheKey): Promise<Result<Survey>> {
  const listed = await cacheBlobs(paths).list();
  if (!listed.ok) return listed;
  const { current, usedAt } = useInRuns(paths);
  const entries: KeptEntry[] = [];
  const unusable: string[] = [];
  for (const name of namesIn(paths.entries)) {
    const file = join(paths.entries, name);
    const found = /^[0-9a-f]{64}\.json$/.test(name) ? readEntry(file, name, key) : undefined;
    if (found === undefined) unusable.push(file);
    else {
      const { fingerprint, task } = found.entry;
      const used = Math.max(found.writtenAt, usedAt.get(fingerprint) ?? 0);
      entries.push({
        fingerprint,
        task,
        usedAt: used,
        isCurrent: current.has(fingerprint),
        blobs: blobsOf(found.entry),
      });
    }
  }
  const blobs = new Map(listed.value.map(({ digest, size }) => [digest, size]));
  return ok({ entries, blobs, unusable });
}

/** When results were used, and which of them each task had in the last run that it was part of. */
function useInRuns({ root }: PipelinePaths) {
  const current = new Set<string>();
  const seen = new Set<string>();
  const usedAt = new Map<string, number>();
  for (const { startedAt, tasks } of listRuns(root).reverse()) {
    for (const [name, { fingerprint }] of Object.entries(tasks)) {
      if (fingerprint === undefined) continue;
      if (!usedAt.has(fingerprint)) usedAt.set(fingerprint, startedAt);
      if (!seen.has(name)) current.add(fingerprint);
      seen.add(name);
    }
  }
  return { current, usedAt };
}

function readEntry(
  file: string,
  name: string,
  key: CacheKey,
): { readonly entry: Entry; readonly writtenAt: number } | undefined {
  const text = readTextIfThere(file, { forgive: "everything" });
  const stat = statSync(file, { throwIfNoEntry: false });
  if (text === undefined || stat === undefined) return undefined;
  const entry = parseEntry(text, `sha256:${name.slice(0, 64)}` as Fingerprint, key);
  return entry && { entry, writtenAt: stat.mtimeMs };
}

function blobsOf({ outputs, log }: Entry): BlobDigest[] {
  return [log, ...outputs.entries.flatMap((output) => (output.kind === "file" ? [output.digest] : []))];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
