import type { Context } from "../context.ts";
import { marks } from "./marks.ts";
import { palette } from "./palette.ts";
import { safeColoredLine } from "./safe-text.ts";

/**
 * The outcome of a verb: one JSON value, or lines for people. Names of keys, people and files come from files that others
 * wrote: none of them can move the cursor.
 */
export function tell({ json, stdout }: Context, record: object, lines: readonly string[]): void {
  if (json) stdout.write(`${JSON.stringify(record)}\n`);
  else if (lines.length > 0) stdout.write(`${lines.map(safeColoredLine).join("\n")}\n`);
}

/** Something beside the outcome; as harmless. */
export function note({ json, stderr }: Context, text: string): void {
  if (!json) stderr.write(`${text.split("\n").map(safeColoredLine).join("\n")}\n`);
}

/** A line that says what was achieved. */
export function done({ stdout }: Context, text: string): string {
  return `${palette(stdout.color).good(marks.done)} ${text}`;
}

/** A line that says what should be known. */
export function warning({ stdout }: Context, text: string): string {
  return `${palette(stdout.color).warn(marks.warning)} ${text}`;
}
