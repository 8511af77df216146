import { type BlobDigest, type BlobStore, DamagedBlob } from "../blobs/blob-store.ts";
import type { ReleaseContent } from "../drivers/release-content.ts";
import { ok, type Result } from "../errors/result.ts";
import { outermost } from "../files/outermost.ts";
import type { ReleaseManifest } from "./manifest.ts";
import { readManifest } from "./read-manifest.ts";

/** A release for drivers: its manifest is read and checked, its files are read when they are asked for. */
export async function releaseContent(release: string, blobs: BlobStore): Promise<Result<ReleaseContent>> {
  const manifest = await readManifest(release, blobs);
  if (!manifest.ok) return manifest;
  return ok({
    digest: release,
    entries: manifest.value.files,
    writes: writesOf(manifest.value),
    read: async (digest) => {
      const stream = await blobs.stream(digest as BlobDigest);
      return stream.ok ? ok(stream.value && untilDamaged(stream.value)) : stream;
    },
  });
}

/** The folders and files that the services write to: the same one is one, and what is below another is in it. */
function writesOf({ services }: ReleaseManifest): string[] {
  return outermost(Object.values(services).flatMap(({ writes }) => writes ?? []));
}

/** What is damaged has another digest, and that is found out by who writes it down. */
async function* untilDamaged(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    if (!(error instanceof DamagedBlob)) throw error;
  }
}
