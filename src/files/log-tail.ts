import { readFileSync } from "node:fs";

/** The last lines of a log, counted from the byte `start`; [] when it has none or cannot be read. */
export function logTail(path: string, start: number, lines: number): string[] {
  try {
    const text = readFileSync(path).subarray(start).toString("utf8").trimEnd();
    return text === "" ? [] : text.split("\n").slice(-lines);
  } catch {
    return [];
  }
}
