import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and the missing ones above it, private unless `mode` says otherwise; one that is there stays as it is.
 *
 * @throws the system's error; give it to `fileFailure`.
 */
export function makeFolder(path: string, mode = 0o700): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    // What Node says of a read-only disk; asked for one folder alone it says the truth.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") mkdirSync(firstMissing(path), { mode });
    throw error;
  }
}

function firstMissing(path: string): string {
  const parent = dirname(path);
  return parent === path || existsSync(parent) ? path : firstMissing(parent);
}
