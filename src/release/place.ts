import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import { digestOf } from "../blobs/digest.ts";
import { digestOfFile, smallFileBytes } from "../blobs/disk/whole-file.ts";
import { ok, type Result } from "../errors/result.ts";
import { prefixes } from "./entry-problem.ts";
import { isFile, isSymlink, type ReleaseEntry, type ReleaseFile, type ReleaseSymlink } from "./manifest.ts";

/** Nobody writes to a release, its service included; what a service keeps goes to its data folder. */
const modes = { "644": 0o444, "755": 0o555 } as const;
const folderMode = 0o755;

/** Makes the folders of a release, each once, all of them real: nothing is written through a link. */
export class Folders {
  readonly #root: string;
  readonly #made = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  make(path: string): void {
    if (path === ".") return;
    for (const folder of prefixes(path)) this.#makeOne(folder);
  }

  #makeOne(folder: string): void {
    if (this.#made.has(folder)) return;
    const path = join(this.#root, folder);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) {
      if (stat !== undefined) rmSync(path);
      mkdirSync(path);
    }
    // Whatever the umask says: the service may run as somebody who only reads.
    chmodSync(path, folderMode);
    this.#made.add(folder);
  }
}

/** Makes one entry be as the manifest says, if it is not; false when its content is missing or damaged. */
export async function place(
  root: string,
  entry: ReleaseEntry,
  folders: Folders,
  blobs: BlobStore,
): Promise<Result<boolean>> {
  folders.make(dirname(entry.path));
  const path = join(root, entry.path);
  if (isFile(entry)) return (await isInPlace(path, entry)) ? ok(true) : placeFile(path, entry, blobs);
  if (isSymlink(entry)) placeLink(path, entry);
  else folders.make(entry.path);
  return ok(true);
}

async function isInPlace(path: string, file: ReleaseFile): Promise<boolean> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size !== file.size) return false;
  if ((stat.mode & 0o7777) !== modes[file.mode]) return false;
  const digest = stat.size > smallFileBytes ? await digestOfFile(path) : digestOf(await readFile(path));
  return digest === file.digest;
}

/** Renamed into place: whoever reads the old file goes on reading it. */
async function placeFile(path: string, file: ReleaseFile, blobs: BlobStore): Promise<Result<boolean>> {
  const incoming = join(dirname(path), `.${randomBytes(8).toString("hex")}.tmp`);
  const restored = await blobs.restore(file.digest, incoming, modes[file.mode]);
  if (!restored.ok || !restored.value) return restored;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) rmSync(path, { recursive: true });
    renameSync(incoming, path);
  } catch (error) {
    rmSync(incoming, { force: true });
    throw error;
  }
  return ok(true);
}

function placeLink(path: string, link: ReleaseSymlink): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() && readlinkSync(path) === link.symlink) return;
  if (stat !== undefined) rmSync(path, { recursive: true });
  symlinkSync(link.symlink, path);
}
