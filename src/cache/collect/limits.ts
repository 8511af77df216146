import { ageMs, sizeBytes } from "../../definition/quantity.ts";
import type { CacheLimits } from "../../definition/types.ts";

/** What the cache may keep, in bytes and milliseconds. */
export interface Limits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** The definition's limits, with defaults for those it leaves out: 10 GB and 30 days. */
export function limitsOf(limits: CacheLimits = {}): Limits {
  return { maxBytes: sizeBytes(limits.maxSize ?? "10GB"), maxAgeMs: ageMs(limits.maxAge ?? "30d") };
}
