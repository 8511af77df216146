/**
 * What is counted of a rollout between two looks at the gateway. Both arms are counted over the same time, so that whatever
 * else changes (load, a slow database, the hour) changes for both.
 */
export interface Tick {
  /** The new release. */
  readonly candidate: ArmCounts;
  /** The one that it is compared with, which serves beside it. */
  readonly baseline: ArmCounts;
}

/** Requests of one arm in one tick; sessions, where they are the unit. Whole numbers, nothing negative. */
export interface ArmCounts {
  readonly requests: number;
  /** Of them: those that failed, as the service declares failure. At most `requests`. */
  readonly errors: number;
  /** Of them: those slower than each threshold, in the order of the thresholds. */
  readonly slower: readonly number[];
}

/** What one test looks at: events (errors, slow answers) among requests. */
export interface EventCounts {
  readonly candidate: { readonly requests: number; readonly events: number };
  readonly baseline: { readonly requests: number; readonly events: number };
}

export function errorsOf({ candidate, baseline }: Tick): EventCounts {
  return {
    candidate: { requests: candidate.requests, events: candidate.errors },
    baseline: { requests: baseline.requests, events: baseline.errors },
  };
}

export function slowerOf({ candidate, baseline }: Tick, threshold: number): EventCounts {
  return {
    candidate: { requests: candidate.requests, events: candidate.slower[threshold] ?? 0 },
    baseline: { requests: baseline.requests, events: baseline.slower[threshold] ?? 0 },
  };
}
