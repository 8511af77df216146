import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StoredBlob } from "../blob-store.ts";
import { isBlobDigest } from "../digest.ts";

/** A blob as it lies in the folder of a `DiskBlobStore`. */
export interface LyingBlob extends StoredBlob {
  readonly path: string;
}

/** All blobs of a folder; none when there is no folder. Those that vanish meanwhile are left out. @throws the system's error. */
export function* listBlobs(folder: string): Iterable<LyingBlob> {
  for (const prefix of namesIn(folder)) {
    if (!/^[0-9a-f]{2}$/.test(prefix)) continue;
    for (const name of namesIn(join(folder, prefix))) {
      const digest = `sha256:${prefix}${name}`;
      const path = join(folder, prefix, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (isBlobDigest(digest) && stat?.isFile()) yield { digest, path, size: stat.size };
    }
  }
}

/** A writer that has not moved for so long was killed. */
const halfWrittenMs = 60 * 60_000;

/** Removes what writers that were killed left half-written. @throws the system's error. */
export function removeHalfWritten(folder: string): void {
  for (const name of namesIn(join(folder, "incoming"))) {
    const path = join(folder, "incoming", name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && stat.mtimeMs < Date.now() - halfWrittenMs) rmSync(path, { force: true });
  }
}

/** Only a folder that is not there has no names: one that cannot be read is no empty one. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
