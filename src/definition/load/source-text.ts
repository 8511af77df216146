import type { Location } from "../../errors/failure.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";

/** The text of a file of the user's; empty when it cannot be read any more. */
export function sourceText(file: string): string {
  return readTextIfThere(file, { forgive: "everything" }) ?? "";
}

/** The place of a range of offsets (UTF-16 code units). A range of several lines is cut at the end of its first. */
export function locationAt(file: string, text: string, start: number, end = start + 1): Location {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const line = countLines(text, lineStart);
  return locationOf(file, text, line, start - lineStart + 1, end - start);
}

/** The place of a line and a column, both from 1. */
export function locationOf(file: string, text: string, line: number, column = 1, length = 1): Location {
  const source = lineOf(text, line);
  const fits = Math.max(1, Math.min(length, source.length - column + 1));
  return { file, line, column, length: fits, source };
}

/** A line's text, from 1, without its line ending; empty beyond the end. */
export function lineOf(text: string, line: number): string {
  return text.split("\n", line)[line - 1]?.replace(/\r$/, "") ?? "";
}

function countLines(text: string, end: number): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
