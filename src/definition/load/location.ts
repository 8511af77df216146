import type { Location } from "../../errors/failure.ts";
import { hiddenIn } from "./hidden-literals.ts";
import { lineOf } from "./source-text.ts";

/** The place of a range of offsets (UTF-16 code units). A range of several lines is cut at the end of its first. */
export function locationAt(file: string, text: string, start: number, end = start + 1, hidden = hiddenIn): Location {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const line = countLines(text, lineStart);
  return locationOf(file, text, line, start - lineStart + 1, end - start, hidden);
}

/**
 * `hiddenIn` for whoever looks at many places of the same files: each is read once. The files must not change meanwhile.
 */
export function hiddenOnce(): typeof hiddenIn {
  const known = new Map<string, ReturnType<typeof hiddenIn>>();
  return (file, text) => {
    const hidden = known.get(file) ?? hiddenIn(file, text);
    known.set(file, hidden);
    return hidden;
  };
}

/** The place of a line and a column, both from 1. What is or looks like a secret's value is covered in the line that is shown. */
export function locationOf(
  file: string,
  text: string,
  line: number,
  column = 1,
  length = 1,
  hidden = hiddenIn,
): Location {
  const source = lineOf(text, line);
  const fits = Math.max(1, Math.min(length, source.length - column + 1));
  return { file, line, column, length: fits, source: covered(file, text, line, source, hidden) };
}

/** Character by character, so that what is underlined stays where it is. A line without a literal costs no look at the file. */
function covered(file: string, text: string, line: number, source: string, hidden: typeof hiddenIn): string {
  if (!/["'`\d]/.test(source) && !/^[^`]*`[^`]*$/s.test(text)) return source;
  const start = offsetOf(text, line);
  const spans = hidden(file, text).spans.filter((span) => span.start < start + source.length && span.end > start);
  return spans.reduce((shown, span) => {
    const [from, to] = [Math.max(0, span.start - start), Math.min(source.length, span.end - start)];
    return shown.slice(0, from) + "•".repeat(to - from) + shown.slice(to);
  }, source);
}

function offsetOf(text: string, line: number): number {
  let offset = 0;
  for (let count = 1; count < line; count++) offset = text.indexOf("\n", offset) + 1;
  return offset;
}

function countLines(text: string, end: number): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
