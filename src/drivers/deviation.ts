import type { Deviation } from "./driver.ts";

/** As many names as fit on a screen. */
const shownNames = 20;

/** Whether nothing is different. */
export function isAsItWas({ added, changed, missing }: Deviation): boolean {
  return added.length + changed.length + missing.length === 0;
}

/** For people: what is different, a line for each. */
export function explainDeviation({ added, changed, missing }: Deviation): string {
  return listNames([
    ...changed.map((path) => `changed: ${path}`),
    ...missing.map((path) => `missing: ${path}`),
    ...added.map((path) => `added: ${path}`),
  ]);
}

/** A line for each name, and how many there are besides when they are many. */
export function listNames(names: readonly string[]): string {
  const more = names.length > shownNames ? [`and ${names.length - shownNames} more`] : [];
  return [...names.slice(0, shownNames), ...more].join("\n");
}
