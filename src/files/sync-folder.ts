import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes the names in a folder survive a power cut, where the system can. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems cannot flush a folder; the content itself is flushed.
  } finally {
    closeSync(folder);
  }
}
