import { count } from "../../errors/quantities.ts";
import type { Measure } from "../facts/measured.ts";

export const unknown = "not known";

/** A length of time in one unit and two digits, as measured values have them: `120 ms`, `1.2 s`, `3.5 min`, `2 d`. */
export function duration(milliseconds: number): string {
  return inUnits(milliseconds, [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
    ["ms", 1],
  ]);
}

/** A size in powers of 1000, in the same way: `45 MB`, `6.6 MB`, `510 B`. */
export function size(bytes: number): string {
  return inUnits(bytes, [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
    ["B", 1],
  ]);
}

/** In the largest unit of which there is one: also of one that two digits make of a little less, for nobody says `1000 ms`. */
function inUnits(value: number, units: readonly (readonly [unit: string, size: number])[]): string {
  const [unit, one] = units.find(([, size]) => value >= size * 0.995) ?? units.at(-1)!;
  const rounded = Number((value / one).toPrecision(2));
  return `${one > 1 ? Math.max(1, rounded) : rounded} ${unit}`;
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

/** What the source of a row says does not hold of a value that was measured otherwise: that one says so itself. */
export function measuredOtherwise(measure: Measure | undefined, row: Measure | undefined, shown: string): string {
  if (measure === undefined || (measure.times === row?.times && measure.at === row.at)) return shown;
  return `${shown} (${measure.at}, ${timesWords(measure.times)})`;
}

export function timesWords(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}

export { count };
