/** A length of time: milliseconds, or a number with a unit: "500ms", "30s", "5m", "2h". */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Timers hold at most this many milliseconds (about 24 days). */
const longest = 2 ** 31 - 1;

/** `"1.5m"` → 90000 (milliseconds). A duration that `isDuration` refuses gives NaN. */
export function durationMs(duration: Duration): number {
  if (typeof duration === "number") return duration;
  const [, amount, unit] = pattern.exec(duration) ?? [];
  return unit === undefined ? Number.NaN : Number(amount) * units[unit as keyof typeof units];
}

/** Whether a value is a length of time above zero that a timer can wait for. */
export function isDuration(value: unknown): value is Duration {
  if (typeof value !== "number" && typeof value !== "string") return false;
  const milliseconds = durationMs(value as Duration);
  return milliseconds > 0 && milliseconds <= longest;
}
