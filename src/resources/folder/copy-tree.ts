import { constants, type Stats } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readlink, rm, symlink, utimes } from "node:fs/promises";
import { join, sep } from "node:path";
import { digestOfFile } from "../../files/digest-of-file.ts";
import { copyDatabase, isDatabase, sidesOf } from "./sqlite.ts";

/** What a copy consists of, by the path in it, in the order of code units. */
export type TreeEntry =
  | { readonly path: string; readonly kind: "folder"; readonly mode: number }
  | {
      readonly path: string;
      readonly kind: "file";
      readonly mode: number;
      readonly bytes: number;
      readonly sha256: string;
    }
  /** Kept as it is and never followed, wherever it leads. */
  | { readonly path: string; readonly kind: "link"; readonly target: string };

/** So often a file is copied that changes while it is. After that it is as somebody who reads it would see it. */
const tries = 3;

export interface CopyOptions {
  /** Whether programs may be writing there: their databases are copied as of one moment then. */
  readonly inUse: boolean;
  readonly signal: AbortSignal;
}

/**
 * Copies a folder to a new one, and says what is in the copy. Files that appear or vanish meanwhile are in it or not;
 * sockets and pipes never are.
 *
 * @throws the system's error; the signal's reason.
 */
export async function copyTree(from: string, to: string, options: CopyOptions): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  await copyFolder({ from, to, options, entries }, "");
  return entries.sort((one, other) => (one.path < other.path ? -1 : 1));
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly options: CopyOptions;
  readonly entries: TreeEntry[];
}

async function copyFolder(copy: Copy, folder: string): Promise<void> {
  const { from, to, options } = copy;
  await mkdir(join(to, folder), { mode: 0o700 });
  const names = (await readdir(join(from, folder))).sort();
  const skipped = options.inUse ? await sidesOf(join(from, folder), names) : new Set();
  for (const name of names) {
    options.signal.throwIfAborted();
    if (!skipped.has(name)) await copyEntry(copy, join(folder, name));
  }
  if (folder === "") return;
  const stats = await lstat(join(from, folder));
  await keepTimes(join(to, folder), stats);
  copy.entries.push({ path: folder, kind: "folder", mode: stats.mode & 0o777 });
}

/** One that vanishes in the middle is not in the copy. */
async function copyEntry(copy: Copy, path: string): Promise<void> {
  try {
    const stats = await lstat(join(copy.from, path));
    if (stats.isDirectory()) await copyFolder(copy, path);
    else if (stats.isSymbolicLink()) await copyLink(copy, path);
    else if (stats.isFile()) await copyOne(copy, path, stats);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || (await isThere(join(copy.from, path)))) throw error;
    await rm(join(copy.to, path), { recursive: true, force: true });
    // A folder's content was there before the folder itself had gone.
    const isWithin = (entry: TreeEntry) => entry.path === path || entry.path.startsWith(`${path}${sep}`);
    copy.entries.splice(0, copy.entries.length, ...copy.entries.filter((entry) => !isWithin(entry)));
  }
}

async function copyLink({ from, to, entries }: Copy, path: string): Promise<void> {
  const target = await readlink(join(from, path));
  await symlink(target, join(to, path));
  entries.push({ path, kind: "link", target });
}

async function copyOne(copy: Copy, path: string, stats: Stats): Promise<void> {
  const [source, target] = [join(copy.from, path), join(copy.to, path)];
  const isTaken = copy.options.inUse && (await isDatabase(source)) && (await copyDatabase(source, target));
  const last = isTaken ? stats : await copySteady(source, target, stats);
  await keepTimes(target, last);
  const sha256 = await digestOfFile(target);
  const { size } = await lstat(target);
  copy.entries.push({ path, kind: "file", mode: last.mode & 0o777, bytes: size, sha256 });
}

/** A reflink where the disk can make one: it costs no space, and what is written to one file is not in the other. */
async function copySteady(source: string, target: string, before: Stats): Promise<Stats> {
  let last = before;
  for (let left = tries; left > 0; left--) {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    const now = await lstat(source);
    const isSteady = now.mtimeMs === last.mtimeMs && now.size === last.size;
    last = now;
    if (isSteady) break;
  }
  return last;
}

async function keepTimes(target: string, { mode, atime, mtime }: Stats): Promise<void> {
  await chmod(target, mode & 0o777);
  await utimes(target, atime, mtime);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
