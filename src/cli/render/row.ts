import type { Palette } from "./palette.ts";
import { textWidth, truncate } from "./text-width.ts";

/** A piece of a line and what it means; colour comes last, so that cutting never cuts an escape sequence. */
export interface Piece {
  readonly text: string;
  readonly tone?: keyof Palette;
}

export type Row = readonly Piece[];

export function piece(text: string, tone?: keyof Palette): Piece {
  return tone === undefined ? { text } : { text, tone };
}

/** A line of at most `width` cells. */
export function paint(row: Row, colors: Palette, width = Number.POSITIVE_INFINITY): string {
  let left = width;
  let line = "";
  for (const { text, tone } of row) {
    if (left <= 0) break;
    const shown = truncate(text, left);
    left -= textWidth(shown);
    line += tone === undefined || shown.trim() === "" ? shown : colors[tone](shown);
    if (shown !== text) break;
  }
  return line.trimEnd();
}
