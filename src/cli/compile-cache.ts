import { lstatSync, mkdirSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Keeps compiled code between calls, in a folder only this user can write: whoever writes there decides what runs.
 * NODE_COMPILE_CACHE (another folder) and NODE_DISABLE_COMPILE_CACHE keep their meaning. Without a safe folder
 * there is no cache.
 */
export function enableCompileCache(): void {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  const folder = privateFolder();
  if (folder !== undefined) module.enableCompileCache(folder);
}

function privateFolder(): string | undefined {
  try {
    const caches = userCacheFolder();
    // Step by step, because a home that does not exist is not made. (Node's recursive mkdir never returns in /proc.)
    for (const folder of [caches, join(caches, "tidegate"), join(caches, "tidegate", "compiled")]) makePrivate(folder);
    const folder = join(caches, "tidegate", "compiled");
    const { uid, mode } = lstatSync(folder);
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function userCacheFolder(): string {
  const chosen = process.env.XDG_CACHE_HOME;
  if (chosen !== undefined && isAbsolute(chosen)) return chosen;
  return process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
}
