import { closeSync, constants, fstatSync, ftruncateSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { outputName } from "./home.ts";

/**
 * Appends to the log of a process behind its first `written` bytes: what stands behind them is cut off. A log that has
 * become shorter goes on at its end. Returns its length afterwards.
 *
 * @throws the system's error; then the log is as it was.
 */
export function appendLog(folder: string, written: number, bytes: Uint8Array): number {
  const { O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
  const file = openSync(join(folder, outputName), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const start = Math.min(written, fstatSync(file).size);
    ftruncateSync(file, start);
    return writeAt(file, start, bytes);
  } finally {
    closeSync(file);
  }
}

function writeAt(file: number, start: number, bytes: Uint8Array): number {
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done, start + done);
    return start + done;
  } catch (error) {
    ftruncateSync(file, start);
    throw error;
  }
}

/** Puts the log beside itself as the older half. Only Tidegate writes to it, so nothing is lost. */
export function rotateLog(folder: string): void {
  const path = join(folder, outputName);
  try {
    renameSync(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** 0 when there is none. */
export function logSize(folder: string): number {
  return statSync(join(folder, outputName), { throwIfNoEntry: false })?.size ?? 0;
}
