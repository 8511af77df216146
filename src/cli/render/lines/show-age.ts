const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
] as const;

/** How long ago, in the largest unit that fits: "just now", "3 minutes ago", "1 day ago". */
export function showAge(at: number, now: number): string {
  const unit = units.find(({ ms }) => now - at >= ms);
  if (unit === undefined) return "just now";
  const number = Math.floor((now - at) / unit.ms);
  return `${number} ${unit.name}${number === 1 ? "" : "s"} ago`;
}
