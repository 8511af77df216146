import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { outputName } from "../home.ts";

/** What one look at the end of a file reads at most. */
const tailBytes = 1024 * 1024;
const newline = 0x0a;

/** The log files in a process's folder that exist, oldest first. */
export function logFiles(folder: string): string[] {
  const newest = join(folder, outputName);
  return [`${newest}.1`, newest].filter((path) => existsSync(path));
}

/**
 * The last lines of what lies in several files, oldest first, as bytes; a line may go on in the next file. `end`: what stands
 * behind that many bytes of the newest one is not looked at.
 *
 * @throws the system's error.
 */
export function lastLinesOf(paths: readonly string[], count: number, end = Number.POSITIVE_INFINITY): Buffer {
  let bytes: Buffer = Buffer.alloc(0);
  let until = end;
  for (const path of paths.toReversed()) {
    bytes = Buffer.concat([readTail(path, until), bytes]);
    until = Number.POSITIVE_INFINITY;
    if (startOfLast(bytes, count) > 0) break;
  }
  return bytes.subarray(startOfLast(bytes, count));
}

/** Where the last lines begin; a newline at the very end begins none. */
function startOfLast(bytes: Buffer, count: number): number {
  if (count <= 0) return bytes.length;
  let at = bytes.length - 1;
  for (let left = count; left > 0; left--) {
    at = at <= 0 ? -1 : bytes.lastIndexOf(newline, at - 1);
    if (at === -1) return 0;
  }
  return at + 1;
}

function readTail(path: string, end: number): Buffer {
  const file = openSync(path, "r");
  try {
    const until = Math.min(fstatSync(file).size, end);
    const start = Math.max(0, until - tailBytes);
    const bytes = Buffer.alloc(until - start);
    const tail = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
    // The first line is only the end of one when the file begins earlier.
    return start === 0 ? tail : tail.subarray(tail.indexOf(newline) + 1);
  } finally {
    closeSync(file);
  }
}
