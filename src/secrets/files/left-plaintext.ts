import { closeSync, constants, fstatSync, fsyncSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";

/** How a folder with plaintext is called; the process that made it follows, and a dash. */
export const leftPrefix = "tidegate-secrets-";

/** Where plaintext is kept while somebody edits it: Linux's memory file systems; elsewhere the folder for temporary files. */
export function privatePlaces({ XDG_RUNTIME_DIR }: Readonly<Record<string, string | undefined>>): string[] {
  return process.platform === "linux" ? ["/dev/shm", XDG_RUNTIME_DIR ?? ""] : [];
}

/** Wipes what an edit left whose process is gone; the folders. Somebody else's, and those that are in use, are left alone. */
export function wipeLeft(variables: Readonly<Record<string, string | undefined>>): string[] {
  const places = [...new Set([...privatePlaces(variables), tmpdir()])].filter((place) => place !== "");
  const left = places.flatMap((place) => namesIn(place).map((name) => join(place, name))).filter(isLeft);
  for (const folder of left) wipeFolder(folder);
  return left;
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place).filter((name) => name.startsWith(leftPrefix));
  } catch {
    return [];
  }
}

function isLeft(folder: string): boolean {
  const [, pid] = /-(\d+)-[^/]*$/.exec(folder) ?? [];
  const stat = lstatIfThere(folder);
  if (stat === undefined || !stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  return pid === undefined || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Overwrites and removes everything in it. */
export function wipeFolder(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) overwrite(join(entry.parentPath, entry.name));
    }
  } catch {
    // Gone already.
  }
  rmSync(folder, { recursive: true, force: true });
}

function overwrite(path: string): void {
  try {
    // A link that was put there must not lead elsewhere.
    const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      writeSync(file, Buffer.alloc(fstatSync(file).size), 0, undefined, 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // It is removed in any case.
  }
}
