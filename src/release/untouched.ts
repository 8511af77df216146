import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import { isFile } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";

/** Whether a folder has nothing in it but files of the release, as large as they were. What cannot be told is not said. */
export async function isUntouched(folder: string, release: string, blobs: BlobStore): Promise<boolean> {
  const manifest = await readManifest(release, blobs);
  if (!manifest.ok) return false;
  const sizes = new Map(manifest.value.files.map((entry) => [entry.path, isFile(entry) ? entry.size : undefined]));
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.every((entry) => {
    if (entry.isDirectory()) return true;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    return sizes.has(name) && (sizes.get(name) === undefined || sizes.get(name) === lstatSync(path).size);
  });
}
