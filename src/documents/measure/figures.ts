import { dayOf } from "../../errors/quantities.ts";
import type { Measure } from "../facts/measured.ts";

/** Two significant digits: what a measured value is worth. `1234` → `1200`, `0.0567` → `0.057`. */
export function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/**
 * The smallest value that at least this share of the values does not exceed (nearest rank).
 * `percentile([1, 2, 3, 4], 0.5)` → 2, `percentile([1, 2, 3, 4], 0.9)` → 4; `undefined` of none.
 */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** Something that happened at a time: milliseconds since 1970. */
export interface Timed {
  readonly value: number;
  readonly at: number;
}

/** A percentile of what happened, when it happened last, and how often. `{}`: it never did. */
export function measureOf<K extends string>(
  name: K,
  values: readonly Timed[],
  share: number,
): { readonly [P in K]?: Measure } {
  const found = percentile(
    values.map(({ value }) => value),
    share,
  );
  if (found === undefined) return {};
  return { [name]: measure(found, values) } as { readonly [P in K]?: Measure };
}

/** How many of them there were of all, as a share. `{}`: there was none at all. */
export function shareOf<K extends string>(
  name: K,
  all: readonly Timed[],
  some: number,
): { readonly [P in K]?: Measure } {
  if (all.length === 0) return {};
  return { [name]: measure(some / all.length, all) } as { readonly [P in K]?: Measure };
}

function measure(value: number, of: readonly Timed[]): Measure {
  return { value: rounded(value), at: dayOf(Math.max(...of.map(({ at }) => at))), times: of.length };
}

const bandFactor = 1.5;
/** What nothing below can be told from noise, by what the values are: milliseconds, bytes, parts of one, so many a week. */
const leasts = { ms: 50, bytes: 50, share: 0.05, aWeek: 0.05 } as const;

export type Unit = keyof typeof leasts;

/**
 * Whether a new value is what the old one says: within a factor of 1.5 of it either way, or too near to it to be told from
 * noise. 1000 → 667 to 1500.
 */
export function isInBand(unit: Unit, before: number, now: number): boolean {
  const least = leasts[unit];
  if (Math.abs(before - now) <= least) return true;
  return now >= before / bandFactor && now <= before * bandFactor;
}
