import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  createReadStream,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { digestOfFile } from "../../files/digest-of-file.ts";
import { type BlobDigest, DamagedBlob } from "../blob-store.ts";
import { digestOf } from "../digest.ts";

/** Up to this size a file is read at once, which is faster; above it is streamed, so that memory stays bounded. */
export const smallFileBytes = 1 << 20;

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

/** Writes a new file whole, or nothing. @throws the system's error. */
export function writeNew(
  path: string,
  bytes: Uint8Array,
  how: { readonly mode: number; readonly durable: boolean },
): void {
  const file = openSync(path, "wx", 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fchmodSync(file, how.mode);
    if (how.durable) fsyncSync(file);
    closeSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    closeQuietly(file);
    throw error;
  }
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It was closed; the error that led here is the one to report.
  }
}

/** What was written is on the disk when it returns. @throws the system's error. */
export function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether a file is there and has this content. */
export async function isIntact(path: string, digest: BlobDigest, size: number): Promise<boolean> {
  if (sizeOf(path) !== size) return false;
  return size > smallFileBytes ? (await digestOfFile(path)) === digest : digestOf(readFileSync(path)) === digest;
}

/** `undefined` when there is no such file. @throws the system's error, when it cannot be inspected. */
export function sizeOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}

/** Where nothing can be removed (a read-only disk) the blob stays, and stays unused. */
export function removeDamaged(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The caller is told that the blob is damaged in any case.
  }
}

/** The chunks of a file; throws `DamagedBlob` behind the last when they were not what their name says, and removes it then. */
export async function* verified(path: string, digest: BlobDigest): AsyncIterable<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: smallFileBytes })) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
  }
  if (`sha256:${hash.digest("hex")}` === digest) return;
  removeDamaged(path);
  throw new DamagedBlob(digest);
}
