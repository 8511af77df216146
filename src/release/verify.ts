import type { BlobStore } from "../blobs/blob-store.ts";
import { mapLimited } from "../concurrency/map-limited.ts";
import { failed, type Result } from "../errors/result.ts";
import { isFile, type ReleaseFile, type ReleaseManifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";
import { damaged } from "./release-failures.ts";

const filesAtOnce = 4;

/** Reads a whole stored release again and digests it; `release-damaged` names every file that is not as it was. */
export async function verifyRelease(release: string, blobs: BlobStore): Promise<Result<ReleaseManifest>> {
  const manifest = await readManifest(release, blobs);
  if (!manifest.ok) return manifest;
  const files = manifest.value.files.filter(isFile);
  const intact = await mapLimited(files, filesAtOnce, (file) => isIntact(file, blobs));
  const broken = files.filter((_, position) => !intact[position]).map((file) => file.path);
  return broken.length > 0 ? failed(damaged(release, broken)) : manifest;
}

async function isIntact(file: ReleaseFile, blobs: BlobStore): Promise<boolean> {
  const bytes = await blobs.read(file.digest);
  return bytes?.length === file.size;
}
