import type { EventCounts } from "./counts.ts";
import { type LogEvidence, noEvidence } from "./evidence-value.ts";

/**
 * Is the candidate's rate of an event higher? Each tick is a bet on the rates that earlier ticks showed (Turner, Ly and
 * Grünwald 2024, arXiv 2106.02693). Holds for shares and rates that change from tick to tick, for any sizes of ticks that
 * do not depend on what happens in them, and for events as frequent as one likes: that is why latencies use it.
 *
 * ```text
 * t_j = (Y_j + 0.18) / (N_j + 0.36)         of the ticks before, for each arm
 * t_0 = (n_c t_c + n_b t_b) / (n_c + n_b)
 * ln E += y_c ln(t_c/t_0) + (n_c − y_c) ln((1−t_c)/(1−t_0)) + the same of b      where t_c > t_b; else nothing
 * ```
 *
 * Worked example: before, 1 of 10 and 0 of 10: t_c = 0.1139, t_b = 0.0174. Now 1 of 1 and 0 of 1: t_0 = 0.0656, and
 * E = (0.1139/0.0656) · (0.9826/0.9344) = 1.825.
 */
export interface RateTest {
  readonly log: LogEvidence;
  readonly candidate: Seen;
  readonly baseline: Seen;
}

interface Seen {
  readonly requests: number;
  readonly events: number;
}

const nothingSeen: Seen = { requests: 0, events: 0 };

export const newRateTest: RateTest = { log: noEvidence, candidate: nothingSeen, baseline: nothingSeen };

/** After one more tick. */
export function nextRateTest(test: RateTest, tick: EventCounts): RateTest {
  return {
    log: test.log + bet(test, tick),
    candidate: added(test.candidate, tick.candidate),
    baseline: added(test.baseline, tick.baseline),
  };
}

function bet(test: RateTest, { candidate, baseline }: EventCounts): LogEvidence {
  if (candidate.requests === 0 || baseline.requests === 0) return noEvidence;
  const ofCandidate = rateOf(test.candidate);
  const ofBaseline = rateOf(test.baseline);
  if (ofCandidate <= ofBaseline) return noEvidence;
  const all = candidate.requests + baseline.requests;
  const common = (candidate.requests * ofCandidate + baseline.requests * ofBaseline) / all;
  return likelihood(candidate, ofCandidate, common) + likelihood(baseline, ofBaseline, common);
}

function likelihood({ requests, events }: Seen, rate: number, common: number): LogEvidence {
  return events * Math.log(rate / common) + (requests - events) * (Math.log1p(-rate) - Math.log1p(-common));
}

function rateOf({ requests, events }: Seen): number {
  return (events + 0.18) / (requests + 0.36);
}

function added(one: Seen, other: Seen): Seen {
  return { requests: one.requests + other.requests, events: one.events + other.events };
}
