import type { BlobStore } from "../blobs/blob-store.ts";
import { mapLimited } from "../concurrency/map-limited.ts";
import { failed, type Result } from "../errors/result.ts";
import { isFile, type ReleaseManifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";
import { damaged } from "./release-failures.ts";

const filesAtOnce = 4;

/** Reads a whole stored release again and digests it; `release-damaged` names every file that is not as it was. */
export async function verifyRelease(release: string, blobs: BlobStore): Promise<Result<ReleaseManifest>> {
  const manifest = await readManifest(release, blobs);
  if (!manifest.ok) return manifest;
  const files = manifest.value.files.filter(isFile);
  const intact = await mapLimited(files, filesAtOnce, (file) => blobs.verify(file.digest));
  const unanswered = intact.find((one) => !one.ok);
  if (unanswered?.ok === false) return unanswered;
  const broken = files.filter((_, position) => !isTrue(intact[position])).map((file) => file.path);
  return broken.length > 0 ? failed(damaged(release, broken)) : manifest;
}

function isTrue(answer: Result<boolean> | undefined): boolean {
  return answer?.ok === true && answer.value;
}
