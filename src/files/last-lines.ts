import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What one look at the end of a file reads at most. */
const tailBytes = 1024 * 1024;

/**
 * The last lines of a text that lies in several files, oldest first; a line may go on in the next file. `end`: what
 * stands behind that many bytes of the newest one is not looked at.
 *
 * @throws the system's error.
 */
export function lastLines(paths: readonly string[], count: number, end = Number.POSITIVE_INFINITY): string[] {
  let text = "";
  let until = end;
  for (const path of paths.toReversed()) {
    text = readTail(path, until) + text;
    until = Number.POSITIVE_INFINITY;
    if (linesOf(text).length > count) break;
  }
  return count > 0 ? linesOf(text).slice(-count) : [];
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function readTail(path: string, end: number): string {
  const file = openSync(path, "r");
  try {
    const until = Math.min(fstatSync(file).size, end);
    const start = Math.max(0, until - tailBytes);
    const bytes = Buffer.alloc(until - start);
    const length = readSync(file, bytes, 0, bytes.length, start);
    const text = bytes.subarray(0, length).toString("utf8");
    // The first line is only the end of one when the file begins earlier.
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    closeSync(file);
  }
}
