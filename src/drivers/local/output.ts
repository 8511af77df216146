import { closeSync, copyFileSync, existsSync, openSync, readSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { outputName } from "./home.ts";

/** What one look at the end of an output reads at most. */
const tailBytes = 1024 * 1024;

/** The output files in a process's folder that exist, oldest first. */
export function outputFiles(folder: string): string[] {
  const newest = join(folder, outputName);
  return [`${newest}.1`, newest].filter((path) => existsSync(path));
}

/** The last lines, from the older file too when the newer one has too few. */
export function lastLines(folder: string, count: number): string[] {
  let text = "";
  for (const path of outputFiles(folder).toReversed()) {
    // The older file may end in the middle of a line.
    text = readTail(path) + text;
    if (linesOf(text).length > count) break;
  }
  return count > 0 ? linesOf(text).slice(-count) : [];
}

/**
 * Keeps an output from growing for ever: copies it beside itself and empties it. The writer has the file open for
 * appending and goes on at its new end. What is written between the copy and the cut is lost. When the disk has no
 * room for the copy the output stays as it is.
 */
export function rotate(folder: string, limitBytes: number): void {
  const path = join(folder, outputName);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= limitBytes) return;
  try {
    rmSync(`${path}.1`, { force: true });
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  } catch {
    rmSync(`${path}.1`, { force: true });
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function readTail(path: string): string {
  const file = openSync(path, "r");
  try {
    const size = statSync(path).size;
    const start = Math.max(0, size - tailBytes);
    const bytes = Buffer.alloc(size - start);
    const length = readSync(file, bytes, 0, bytes.length, start);
    const text = bytes.subarray(0, length).toString("utf8");
    // The first line is only the end of one when the file begins earlier.
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    closeSync(file);
  }
}
