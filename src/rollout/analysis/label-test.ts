import type { EventCounts } from "./counts.ts";
import { type LogEvidence, meanEvidence } from "./evidence-value.ts";

/**
 * Which arm do the events come from? While both arms have the same rate, the next event is the candidate's with the
 * probability of its share of the requests, whatever the rate is and however it changes. With a rate `r` times as high it
 * is `ρr / (ρr + 1 − ρ)`. (Lindon and Malek 2022, arXiv 2011.03567, here with a grid in place of a prior, so that the
 * share may change from tick to tick.) Holds for events that do not come in clusters.
 *
 * ```text
 * θ(r) = ρr / (ρr + 1 − ρ)
 * ln E(r) = Σ over ticks: S_c ln(θ(r)/θ(r₀)) + S_b ln((1 − θ(r))/(1 − θ(r₀)))
 * E = mean over r in the grid
 * ```
 *
 * Worked example, r₀ = 1, ρ = 0.5, one error of the candidate, r = 3: E = 0.75 / 0.5 = 1.5.
 */
export interface LabelTest {
  /** r₀: the rate ratio up to which (worse), or from which on (better), nothing is wrong with the hypothesis. */
  readonly tolerance: number;
  /** Rate ratios that are bet on: all above the tolerance, or all below it. */
  readonly grid: readonly number[];
  /** Of each of them. */
  readonly logs: readonly LogEvidence[];
}

/** Against "the candidate's rate is at most `tolerance` times the baseline's". */
export function worseThan(tolerance: number): LabelTest {
  return labelTest(
    tolerance,
    [1.1, 1.25, 1.5, 2, 3, 5, 10, 30].map((more) => more * tolerance),
  );
}

/** Against "the candidate's rate is at least `tolerance` times the baseline's", which is more than 1. */
export function betterThan(tolerance: number): LabelTest {
  return labelTest(tolerance, [0.1, 0.25, 0.5, 0.75, 1]);
}

function labelTest(tolerance: number, grid: readonly number[]): LabelTest {
  return { tolerance, grid, logs: grid.map(() => 0) };
}

/** After one more tick. One in which an arm had no request says nothing. */
export function nextLabelTest(test: LabelTest, { candidate, baseline }: EventCounts): LabelTest {
  if (candidate.requests === 0 || baseline.requests === 0) return test;
  const odds = candidate.requests / baseline.requests;
  const { tolerance, grid } = test;
  const logs = test.logs.map((log, at) => {
    const ratio = grid[at] as number;
    // θ(r)/θ(r₀) and (1 − θ(r))/(1 − θ(r₀)), in odds: no difference of nearly equal numbers.
    const less = Math.log1p(odds * tolerance) - Math.log1p(odds * ratio);
    return log + candidate.events * (Math.log(ratio / tolerance) + less) + baseline.events * less;
  });
  return { ...test, logs };
}

export function labelEvidence({ logs }: LabelTest): LogEvidence {
  return meanEvidence(logs);
}
