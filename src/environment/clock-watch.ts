/**
 * Whether the machine's clock can be trusted with what it ends. What has a time is ended by stored times, so that a clock
 * that is set wrongly would end all of it at once. The clock is compared with one that only counts while the machine runs:
 *
 * - It went on more than an hour longer than that since it was last looked at (it was set, the machine slept or was off):
 *   nothing ends for the next ten minutes of running. Somebody can prolong what they need, and a wrong clock is set right.
 * - It went back: what ends, ends later. When it comes forward again that is the first case.
 *
 *     looked at  12:00, running 100 s   → trusted
 *     now        12:01, running 160 s   → trusted: a minute by both
 *     now        18:01, running 220 s   → held until running 820 s
 */
export interface ClockWatch {
  /** When it was last looked at, by the machine's clock: milliseconds since 1970. Absent: never. */
  readonly seenAt?: number;
  /** The same by the clock that only counts while this process runs. Absent: another process looked. */
  readonly running?: number;
  /** Nothing ends before. */
  readonly heldUntil?: number;
}

const jumpMs = 3_600_000;
const holdMs = 600_000;

/** What is known after another look. */
export function lookAtClock(watch: ClockWatch, now: number, running: number): ClockWatch {
  const ran = watch.running === undefined ? 0 : running - watch.running;
  const jumped = watch.seenAt !== undefined && now - watch.seenAt - ran > jumpMs;
  const heldUntil = jumped ? running + holdMs : watch.heldUntil;
  return { seenAt: now, running, ...(heldUntil !== undefined && { heldUntil }) };
}

/** Whether what is past its time may be ended. */
export function isTrusted({ heldUntil }: ClockWatch, running: number): boolean {
  return heldUntil === undefined || running >= heldUntil;
}
