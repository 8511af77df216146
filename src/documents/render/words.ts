import { count } from "../../errors/quantities.ts";
import type { Measure } from "../facts/measured.ts";

export const unknown = "not known";

/** A length of time in one unit and two digits, as measured values have them: `120 ms`, `1.2 s`, `3.5 min`, `2 d`. */
export function duration(milliseconds: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const;
  // What two digits round up to a second is one.
  const rounded = Number(milliseconds.toPrecision(2));
  const [unit, size] = units.find(([, size]) => rounded >= size) ?? ["ms", 1];
  return `${Number((milliseconds / size).toPrecision(2))} ${unit}`;
}

/** The same, or what is said when there is none. */
export function measuredDuration(measure: Measure | undefined, otherwise = unknown): string {
  return measure === undefined ? otherwise : duration(measure.value);
}

/** `0.125` → `13 %`. */
export function share(value: number): string {
  return `${Number((value * 100).toPrecision(2))} %`;
}

export function measuredShare(measure: Measure | undefined, otherwise = unknown): string {
  return measure === undefined ? otherwise : share(measure.value);
}

/** A size in powers of 1000 and two digits, as measured values have them: `45 MB`, `6.6 MB`, `512 B`. */
export function size(bytes: number): string {
  const units = [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const;
  const rounded = Number(bytes.toPrecision(2));
  const [unit, one] = units.find(([, one]) => rounded >= one) ?? ["B", 1];
  return `${Number((bytes / one).toPrecision(2))} ${unit}`;
}

export { count };
