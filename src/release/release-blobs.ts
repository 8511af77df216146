import type { BlobDigest, BlobStore } from "../blobs/blob-store.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { isFile, type ReleaseManifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";
import { damaged } from "./release-failures.ts";

/** The root by which a release keeps its blobs. */
export function releaseRoot(release: string): string {
  return `release-${release.replace("sha256:", "")}`;
}

/** The blobs that a release is made of, its manifest among them. */
function blobsOf(release: string, { files }: Pick<ReleaseManifest, "files">): BlobDigest[] {
  return [release as BlobDigest, ...files.filter(isFile).map(({ digest }) => digest)];
}

/** From now on nobody collects the release's blobs. Fails with `release-damaged` when some of them are gone. */
export async function keepRelease(release: string, manifest: ReleaseManifest, blobs: BlobStore): Promise<Result<void>> {
  const kept = await blobs.keep(releaseRoot(release), blobsOf(release, manifest));
  if (!kept.ok) return kept;
  if (kept.value.length === 0) return ok();
  const gone = new Set(kept.value);
  const files = manifest.files.filter((file) => isFile(file) && gone.has(file.digest));
  return failed(
    damaged(
      release,
      files.map(({ path }) => path),
    ),
  );
}

/** The blobs of releases that stay. Of one that was collected before, or never whole, there is nothing to keep. */
export async function blobsOfAll(releases: Iterable<string>, blobs: BlobStore): Promise<Result<Set<BlobDigest>>> {
  const all = new Set<BlobDigest>();
  for (const release of releases) {
    const manifest = await readManifest(release, blobs);
    if (manifest.ok) for (const digest of blobsOf(release, manifest.value)) all.add(digest);
    else if (!manifest.failures.every(({ code }) => code === "release-collected")) return manifest;
  }
  return ok(all);
}
