import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import type { BlobDigest } from "../blob-store.ts";

/** Up to this size a file is read at once, which is faster; above it is streamed, so that memory stays bounded. */
export const smallFileBytes = 1 << 20;

/** The digest of a file of any size, in bounded memory. */
export async function digestOfFile(path: string): Promise<BlobDigest> {
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: smallFileBytes })) digest.update(chunk as Buffer);
  return `sha256:${digest.digest("hex")}` as BlobDigest;
}

/** Copies without reading where the disk can share blocks. `target` must not exist. */
export async function cloneFile(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

/** Writes what comes to a new file, in bounded memory. */
export async function writeChunks(chunks: AsyncIterable<Uint8Array>, target: string): Promise<void> {
  const file = await open(target, "wx", 0o600);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
