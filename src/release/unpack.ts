import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import { mapLimited } from "../concurrency/map-limited.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { guardDisk } from "../files/guard-disk.ts";
import { makeFolder } from "../files/make-folder.ts";
import { identityOf } from "../process/identity.ts";
import type { ReleaseManifest } from "./manifest.ts";
import { Folders, place } from "./place.ts";
import { readManifest } from "./read-manifest.ts";
import { damaged } from "./release-failures.ts";
import { releaseFolderName } from "./release-folder.ts";

const filesAtOnce = 8;

/**
 * Unpacks a release to `<folder>/<64 digits>`, all of it or nothing, every byte verified; resolves with that path.
 * One that is there already is verified again, and what is missing or not as it was is put right: instances may be
 * running in it. Files are read-only. Safe to repeat, also at the same time.
 */
export function unpackRelease(release: string, blobs: BlobStore, folder: string): Promise<Result<string>> {
  return guardDisk(async () => {
    const manifest = await readManifest(release, blobs);
    if (!manifest.ok) return manifest;
    const name = releaseFolderName(release);
    const path = join(folder, name);
    makeFolder(folder);
    await sweep(folder, name);
    if (!(await isFolder(path))) {
      const unpacked = await unpackBeside(release, manifest.value, blobs, folder);
      if (!unpacked.ok) return unpacked;
      if (moveIn(unpacked.value, path)) return ok(path);
      await rm(unpacked.value, { recursive: true, force: true });
    }
    const placed = await placeAll(release, manifest.value, blobs, path);
    return placed.ok ? ok(path) : placed;
  });
}

/** Into a neighbour that nobody takes for the release; the neighbour's path. */
async function unpackBeside(
  release: string,
  manifest: ReleaseManifest,
  blobs: BlobStore,
  folder: string,
): Promise<Result<string>> {
  const suffix = `${process.pid}.${randomBytes(6).toString("hex")}`;
  const neighbour = join(folder, `.${releaseFolderName(release)}.${suffix}`);
  mkdirSync(neighbour);
  let isWhole = false;
  try {
    chmodSync(neighbour, 0o755);
    const placed = await placeAll(release, manifest, blobs, neighbour);
    isWhole = placed.ok;
    return placed.ok ? ok(neighbour) : placed;
  } finally {
    if (!isWhole) await rm(neighbour, { recursive: true, force: true });
  }
}

async function placeAll(
  release: string,
  manifest: ReleaseManifest,
  blobs: BlobStore,
  root: string,
): Promise<Result<void>> {
  const folders = new Folders(root);
  const placed = await mapLimited(manifest.files, filesAtOnce, (entry) => place(root, entry, folders, blobs));
  const failures = placed.flatMap((one) => (one.ok ? [] : one.failures));
  if (failures.length > 0) return failed(failures[0]!);
  const lost = manifest.files.filter((_, position) => {
    const one = placed[position];
    return one?.ok && !one.value;
  });
  return lost.length > 0
    ? failed(
        damaged(
          release,
          lost.map((entry) => entry.path),
        ),
      )
    : ok();
}

/** Whether it was moved; not when another process has just unpacked the same release. */
function moveIn(neighbour: string, path: string): boolean {
  try {
    renameSync(neighbour, path);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return stat !== undefined;
  await rm(path);
  return false;
}

/** Removes what processes left that were killed while they unpacked this release. */
async function sweep(folder: string, name: string): Promise<void> {
  for (const neighbour of readdirSync(folder)) {
    if (!neighbour.startsWith(`.${name}.`)) continue;
    const pid = Number(neighbour.slice(name.length + 2).split(".")[0]);
    if (identityOf(pid) === undefined) await rm(join(folder, neighbour), { recursive: true, force: true });
  }
}
