import { chmodSync, existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes a folder and what is in it, also what nobody may write to, such as the copies of releases: a user who is not root
 * cannot take anything out of a read-only folder.
 */
export function removeTree(folder: string): void {
  openFolders(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Lets things be added to read-only folders below `folder`, and taken out, as root could; their modes are as before then. */
export function inReadOnly(folder: string, work: () => void): void {
  const modes = openFolders(folder);
  work();
  for (const [path, mode] of modes) if (existsSync(path) && lstatSync(path).isDirectory()) chmodSync(path, mode);
}

/** The modes that folders had; links are not followed. */
function openFolders(folder: string, modes = new Map<string, number>()): ReadonlyMap<string, number> {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return modes;
  try {
    modes.set(folder, stat.mode & 0o7777);
    chmodSync(folder, 0o755);
    for (const name of readdirSync(folder)) openFolders(join(folder, name), modes);
  } catch {
    // It is somebody else's, or has just gone: what can't be removed shows when it is removed.
  }
  return modes;
}
