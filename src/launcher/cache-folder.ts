import { lstatSync, mkdirSync, realpathSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * A folder in the user's cache that is shared by all projects, made where it is missing: `~/.cache/tidegate/NAME`,
 * `XDG_CACHE_HOME` and macOS's own place respected. What lies there is run, so it is given only where nobody but this
 * user (and root) can write, neither in it nor above it. `undefined`: there is no such folder.
 */
export function cacheFolder(name: string, env: Variables): string | undefined {
  try {
    const caches = cachesOf(env);
    // Step by step, because a home that does not exist is not made. (Node's recursive mkdir never returns in /proc.)
    for (const folder of [caches, join(caches, "tidegate"), join(caches, "tidegate", name)]) makePrivate(folder);
    const folder = realpathSync(join(caches, "tidegate", name));
    return isOwn(lstatSync(folder)) && isGuarded(dirname(folder)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a file or folder is this user's, and no other user can write to it. */
export function isOwn({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** Where the cache is looked for, for messages. */
export function cachesOf({ XDG_CACHE_HOME: chosen, HOME: home }: Variables): string {
  if (chosen !== undefined && isAbsolute(chosen)) return chosen;
  const own = home !== undefined && isAbsolute(home) ? home : homedir();
  return process.platform === "darwin" ? join(own, "Library", "Caches") : join(own, ".cache");
}

/** Whoever can write to a folder above can put another one in its place; in a sticky one (`/tmp`) nobody can. */
function isGuarded(folder: string): boolean {
  for (let current = folder; ; current = dirname(current)) {
    const { uid, gid, mode } = lstatSync(current);
    const isKnown = uid === 0 || uid === process.getuid?.();
    const sharedGroup = (mode & 0o020) !== 0 && gid !== process.getgid?.() && gid !== 0;
    const isOpen = ((mode & 0o002) !== 0 || sharedGroup) && (mode & 0o1000) === 0;
    if (!isKnown || isOpen) return false;
    if (dirname(current) === current) return true;
  }
}

function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** A file's path without symbolic links, or as it is where there is none. */
export function realFile(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
