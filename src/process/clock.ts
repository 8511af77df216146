import { setTimeout as sleep } from "node:timers/promises";

/**
 * The one source of time for whoever waits or measures; tests pass their own. Lengths of time are taken from `monotonic`,
 * which never jumps; what is written down and has to mean the same to another process is `now`.
 */
export interface Clock {
  /** Milliseconds since 1970; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonic(): number;
  /** Resolves after so many milliseconds, or as soon as `signal` is aborted. Never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (ms, signal) => sleep(Math.max(0, ms), undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
