import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { lstatIfThere } from "./lstat-if-there.ts";

/**
 * Removes a folder with everything in it, also where folders are read-only; one that is not there is a success.
 *
 * @throws the system's error when the disk refuses.
 */
export async function removeTree(path: string): Promise<void> {
  if (lstatIfThere(path)?.isDirectory()) openFolders(path);
  await rm(path, { recursive: true, force: true });
}

/** Nothing can be removed from a folder that may not be written to. */
function openFolders(path: string): void {
  const { mode } = lstatSync(path);
  if ((mode & 0o700) !== 0o700) chmodSync(path, 0o700);
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) openFolders(join(path, entry.name));
}
