import type { EventCounts } from "./counts.ts";

/**
 * The same question with the tick as the unit, for events that come in clusters: requests that fail together count as one
 * observation. The mean of the scaled differences lies above 0 by an asymptotic confidence sequence (Waudby-Smith et al.
 * 2021, arXiv 2103.06476), one-sided at level α:
 *
 * ```text
 * z_t = (y_c − (n_c/n_b) y_b) / √(n_c (1 + n_c/n_b))       its mean is 0 while both arms have one rate
 * bound = s √( (tρ² + 1)/(t²ρ²) · ln((tρ² + 1)/(2α)²) )    ρ² = (−2 ln 2α + ln(1 − 2 ln 2α)) / t*
 * ```
 *
 * It begins to say anything after 30 ticks, and is tightest at t* = 120.
 */
export interface TickTest {
  readonly ticks: number;
  readonly mean: number;
  /** The sum of squared differences from the mean (Welford). */
  readonly squares: number;
}

export const newTickTest: TickTest = { ticks: 0, mean: 0, squares: 0 };

const fewestTicks = 30;
const tightestAt = 120;

/** After one more tick. One in which an arm had no request says nothing. */
export function nextTickTest(test: TickTest, { candidate, baseline }: EventCounts): TickTest {
  if (candidate.requests === 0 || baseline.requests === 0) return test;
  const odds = candidate.requests / baseline.requests;
  const value = (candidate.events - odds * baseline.events) / Math.sqrt(candidate.requests * (1 + odds));
  const ticks = test.ticks + 1;
  const mean = test.mean + (value - test.mean) / ticks;
  return { ticks, mean, squares: test.squares + (value - test.mean) * (value - mean) };
}

/** Whether the candidate is worse, tick by tick, at level `alpha`. */
export function isWorseByTicks({ ticks, mean, squares }: TickTest, alpha: number): boolean {
  if (ticks < fewestTicks || squares === 0) return false;
  const level = 2 * alpha;
  const spread = (-2 * Math.log(level) + Math.log(1 - 2 * Math.log(level))) / tightestAt;
  const grown = ticks * spread + 1;
  const deviation = Math.sqrt(squares / ticks);
  return mean > deviation * Math.sqrt((grown / (ticks * ticks * spread)) * Math.log(grown / (level * level)));
}
