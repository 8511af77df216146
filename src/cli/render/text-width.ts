import { stripVTControlCharacters } from "node:util";

/** Made when the first text needs it: that takes longer than all the rest of a short call. */
let segmenter: Intl.Segmenter | undefined;
/** A cell per code unit, certainly: printable ASCII and the punctuation, arrows and marks that the renderers use. */
const oneCellEach =
  /^[\x20-\x7e\u2013\u2014\u2018-\u201d\u2026\u2190-\u21ff\u2200-\u22ff\u2500-\u25cf\u2713-\u2718\u2800-\u28ff]*$/;
/** Wide and fullwidth blocks of Unicode's East Asian Width, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mark}\p{Cf}\p{Cc}]+$/u;

/** How many cells of a terminal a text takes. Escape sequences take none. */
export function textWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (oneCellEach.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of segmentsOf(plain)) width += cellsOf(segment);
  return width;
}

/** Cuts a text without escape sequences to a width, between words where that costs little; what was cut ends in "…". */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of segmentsOf(text)) {
    const cells = cellsOf(segment);
    if (used + cells > width - 1) break;
    kept += segment;
    used += cells;
  }
  const word = text.startsWith(" ", kept.length) ? kept.length : kept.lastIndexOf(" ");
  const isLittle = word > kept.length * 0.6;
  return `${isLittle ? kept.slice(0, word).trimEnd() : kept}…`;
}

/** Fills a text up with spaces to a width; longer text stays as it is. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** Breaks a text without escape sequences at its spaces; a longer word stays whole. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const isFitting = last !== undefined && textWidth(last) + 1 + textWidth(word) <= width;
    if (isFitting) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function cellsOf(segment: string): number {
  if (invisible.test(segment)) return 0;
  return wide.test(segment) ? 2 : 1;
}

function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}
