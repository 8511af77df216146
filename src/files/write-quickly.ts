import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";

/**
 * Writes a file whole or not at all, without waiting for the disk: for what is checked when it is read and can be
 * made again. @throws the system's error; nothing is left behind.
 */
export function writeQuickly(path: string, data: string | Uint8Array): void {
  const neighbour = neighbourOf(path);
  try {
    writeNew(neighbour, data);
    renameSync(neighbour, path);
  } catch (error) {
    rmSync(neighbour, { force: true });
    throw error;
  }
}

/** Like `writeQuickly`, but false when the file is already there: of several writers exactly one wins. */
export function writeFirst(path: string, data: string | Uint8Array): boolean {
  const neighbour = neighbourOf(path);
  try {
    writeNew(neighbour, data);
    linkSync(neighbour, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(neighbour, { force: true });
  }
}

/** A name that nobody else writes to: the folder is private, so that it need not be one that nobody can guess. */
function neighbourOf(path: string): string {
  return `${path}.${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}.tmp`;
}

function writeNew(path: string, data: string | Uint8Array): void {
  const options = { mode: 0o600, flag: "wx" } as const;
  try {
    writeFileSync(path, data, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    makeFolder(dirname(path));
    writeFileSync(path, data, options);
  }
}
