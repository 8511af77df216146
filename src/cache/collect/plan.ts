import type { BlobDigest } from "../../blobs/blob-store.ts";
import type { Fingerprint } from "../fingerprint/fingerprint.ts";
import type { Limits } from "./limits.ts";

/** A result in the cache, as far as it matters for what may go. */
export interface KeptEntry {
  readonly fingerprint: Fingerprint;
  readonly task: string;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  /** It is what its task had in the last run of it: never taken out. */
  readonly isCurrent: boolean;
  /** Outputs and log. */
  readonly blobs: readonly BlobDigest[];
}

export interface CollectionPlan {
  readonly remove: readonly KeptEntry[];
  /** Blobs that nothing refers to any more. */
  readonly free: ReadonlySet<BlobDigest>;
  /** Bytes of the blobs that stay. */
  readonly bytesLeft: number;
}

/** When the cache is too large it is made so much smaller that this need not be done again at once. */
const roomLeft = 0.9;

/**
 * What has to go so that the cache keeps its limits: results that were not used for too long, then, when the rest is
 * too large, the least recently used ones. A blob goes with the last result that refers to it; one that no result
 * refers to goes in any case.
 *
 * Example: limit 100 bytes, results a (60 bytes, used at 1), b (50, at 2), c (40, current). 150 bytes are too many; a
 * goes, 90 are left, which is 0.9 of the limit: done.
 */
export function planCollection(
  entries: readonly KeptEntry[],
  sizes: ReadonlyMap<BlobDigest, number>,
  limits: Limits,
  now: number,
): CollectionPlan {
  const users = countUsers(entries);
  const free = new Set([...sizes.keys()].filter((digest) => !users.has(digest)));
  let bytesLeft = total(sizes, (digest) => !free.has(digest));
  const remove: KeptEntry[] = [];
  const take = (entry: KeptEntry) => {
    remove.push(entry);
    for (const digest of new Set(entry.blobs)) {
      const left = users.get(digest)! - 1;
      users.set(digest, left);
      if (left > 0) continue;
      free.add(digest);
      bytesLeft -= sizes.get(digest) ?? 0;
    }
  };
  const candidates = entries.filter(({ isCurrent }) => !isCurrent).sort((a, b) => a.usedAt - b.usedAt);
  const isOld = ({ usedAt }: KeptEntry) => usedAt < now - limits.maxAgeMs;
  for (const entry of candidates.filter(isOld)) take(entry);
  const goal = bytesLeft > limits.maxBytes ? limits.maxBytes * roomLeft : limits.maxBytes;
  for (const entry of candidates) {
    if (bytesLeft <= goal) break;
    if (!isOld(entry)) take(entry);
  }
  return { remove, free, bytesLeft };
}

function countUsers(entries: readonly KeptEntry[]): Map<BlobDigest, number> {
  const users = new Map<BlobDigest, number>();
  for (const { blobs } of entries) for (const digest of new Set(blobs)) users.set(digest, (users.get(digest) ?? 0) + 1);
  return users;
}

function total(sizes: ReadonlyMap<BlobDigest, number>, counts: (digest: BlobDigest) => boolean): number {
  let sum = 0;
  for (const [digest, size] of sizes) if (counts(digest)) sum += size;
  return sum;
}
