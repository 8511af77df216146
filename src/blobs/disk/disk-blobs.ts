import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BlobDigest } from "../blob-store.ts";
import { isBlobDigest } from "../digest.ts";
import { digestOfFile } from "./whole-file.ts";

/** A blob as it lies in the folder of a `DiskBlobStore`; whether its content is what its name says is not known. */
export interface LyingBlob {
  readonly digest: BlobDigest;
  readonly path: string;
  readonly size: number;
}

/** All blobs of a folder; none when there is no folder. Those that vanish meanwhile are left out. */
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

/** @throws the system's error. */
export function removeBlob({ path }: LyingBlob): void {
  rmSync(path, { force: true });
}

/** Whether a blob's content is what its name says; false also when it cannot be read. */
export async function isWhole({ digest, path }: LyingBlob): Promise<boolean> {
  try {
    return (await digestOfFile(path)) === digest;
  } catch {
    return false;
  }
}

/** Removes what writers that were killed left half-written before `before` (milliseconds since 1970). @throws the system's error. */
export function removeHalfWritten(folder: string, before: number): void {
  for (const name of namesIn(join(folder, "incoming"))) {
    const path = join(folder, "incoming", name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && stat.mtimeMs < before) rmSync(path, { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
