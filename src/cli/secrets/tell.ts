import type { Context } from "../context.ts";
import { marks } from "../render/marks.ts";
import { palette } from "../render/palette.ts";

/** The outcome of a verb: one JSON value, or lines for people. */
export function tell({ json, stdout }: Context, record: object, lines: readonly string[]): void {
  if (json) stdout.write(`${JSON.stringify(record)}\n`);
  else if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
}

/** Something beside the outcome. */
export function note({ json, stderr }: Context, text: string): void {
  if (!json) stderr.write(`${text}\n`);
}

export function done({ stdout }: Context, text: string): string {
  return `${palette(stdout.color).good(marks.done)} ${text}`;
}

export function warning({ stdout }: Context, text: string): string {
  return `${palette(stdout.color).warn(marks.warning)} ${text}`;
}
