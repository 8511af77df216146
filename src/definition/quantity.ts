/** A number of bytes, or a number with a unit, in powers of 1000: "500MB", "10GB". */
export type Size = number | `${number}${"KB" | "MB" | "GB" | "TB"}`;

/** How old something is: milliseconds, or a number with a unit: "30m", "12h", "30d". */
export type Age = number | `${number}${"m" | "h" | "d"}`;

const bytes = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const milliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `"1.5GB"` → 1500000000 (bytes). A size that `isSize` refuses gives NaN. */
export function sizeBytes(size: Size): number {
  return amountOf(size, bytes);
}

/** `"2d"` → 172800000 (milliseconds). An age that `isAge` refuses gives NaN. */
export function ageMs(age: Age): number {
  return amountOf(age, milliseconds);
}

export function isSize(input: unknown): input is Size {
  return isAmount(input, bytes);
}

export function isAge(input: unknown): input is Age {
  return isAmount(input, milliseconds);
}

type Units = Readonly<Record<string, number>>;

/** Above zero, and small enough to be counted exactly. */
function isAmount(input: unknown, units: Units): boolean {
  if (typeof input !== "number" && typeof input !== "string") return false;
  const amount = amountOf(input, units);
  return amount > 0 && amount <= Number.MAX_SAFE_INTEGER;
}

function amountOf(text: number | string, units: Units): number {
  if (typeof text === "number") return text;
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  return Object.hasOwn(units, unit) ? Number(number) * units[unit]! : Number.NaN;
}
