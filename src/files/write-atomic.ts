import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { syncFolder } from "./sync-folder.ts";

/**
 * Writes a file whole or not at all: into a neighbour, flushed, then renamed over. A reader sees the old content or
 * the new one; a power cut leaves one of them, and once this has returned, the new one. Missing parent folders are
 * made private.
 *
 * @throws the system's error (ENOSPC, EROFS, EACCES …); give it to `fileFailure`. Nothing is left behind.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): void {
  const folder = dirname(path);
  makeFolder(folder);
  // Not named after the file: a name may already be as long as names can be.
  const neighbour = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
  try {
    writeFlushed(neighbour, typeof data === "string" ? Buffer.from(data) : data, mode);
    renameSync(neighbour, path);
  } catch (error) {
    rmSync(neighbour, { force: true });
    // Whoever is told wants to know of the file that they know; what is written through a number names none at all.
    throw Object.assign(error as Error, { path });
  }
  syncFolder(folder);
}

function writeFlushed(path: string, bytes: Uint8Array, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
