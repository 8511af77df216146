import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { syncFolder } from "../../files/sync-folder.ts";
import type { BlobDigest, BlobStore } from "../blob-store.ts";
import { digestOf, isBlobDigest } from "../digest.ts";
import { cloneFile, digestOfFile, smallFileBytes } from "./whole-file.ts";

export interface DiskBlobStoreOptions {
  /**
   * true (default): a blob that was stored survives a power cut. false: it may be lost or damaged by one, which is
   * noticed when it is read; right for a cache, and much faster.
   */
  readonly durable?: boolean;
}

/**
 * Blobs as files `ab/cdef…` of a private folder, read-only (0444). A blob is written beside and renamed into place, so
 * writers at the same time do not disturb each other. A blob found damaged is removed, so that storing it again mends it.
 * A missing folder is made by the first write.
 */
export class DiskBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #durable: boolean;

  constructor(folder: string, options: DiskBlobStoreOptions = {}) {
    this.#folder = folder;
    this.#durable = options.durable ?? true;
  }

  async putBytes(bytes: Uint8Array): Promise<Result<BlobDigest>> {
    return guardDisk(async () => ok(await this.#store(bytes)));
  }

  async putFile(path: string): Promise<Result<{ readonly digest: BlobDigest; readonly size: number }>> {
    return guardDisk(async () => {
      if (statSync(path).size > smallFileBytes) return ok(await this.#storeLargeFile(path));
      const bytes = readFileSync(path);
      return ok({ digest: await this.#store(bytes), size: bytes.length });
    });
  }

  async has(digest: BlobDigest): Promise<boolean> {
    return isBlobDigest(digest) && existsSync(this.#pathOf(digest));
  }

  async read(digest: BlobDigest): Promise<Uint8Array | undefined> {
    if (!isBlobDigest(digest)) return undefined;
    const path = this.#pathOf(digest);
    const bytes = readIfThere(path, { forgive: "everything" });
    if (bytes === undefined || digestOf(bytes) === digest) return bytes;
    removeDamaged(path);
    return undefined;
  }

  async restore(digest: BlobDigest, path: string, mode: number): Promise<Result<boolean>> {
    return guardDisk(async () => {
      const size = isBlobDigest(digest) ? sizeOf(this.#pathOf(digest)) : undefined;
      if (size === undefined) return ok(false);
      if (size > smallFileBytes) return ok(await this.#restoreLarge(digest, path, mode));
      const bytes = await this.read(digest);
      if (bytes === undefined) return ok(false);
      writeNew(path, bytes, { mode, durable: false });
      return ok(true);
    });
  }

  async #store(bytes: Uint8Array): Promise<BlobDigest> {
    const digest = digestOf(bytes);
    const path = this.#pathOf(digest);
    if (await isIntact(path, digest, bytes.length)) return this.#settled(digest, path);
    const incoming = this.#incomingPath();
    writeNew(incoming, bytes, { mode: 0o444, durable: this.#durable });
    this.#moveIn(incoming, path);
    return digest;
  }

  /** The copy is digested, not the source: what is named by the digest is what is stored, even if the source changes. */
  async #storeLargeFile(source: string): Promise<{ digest: BlobDigest; size: number }> {
    const incoming = this.#incomingPath();
    try {
      await cloneFile(source, incoming);
      chmodSync(incoming, 0o444);
      const size = statSync(incoming).size;
      const digest = await digestOfFile(incoming);
      const path = this.#pathOf(digest);
      if (await isIntact(path, digest, size)) return { digest: this.#settled(digest, path), size };
      if (this.#durable) flush(incoming);
      this.#moveIn(incoming, path);
      return { digest, size };
    } finally {
      rmSync(incoming, { force: true });
    }
  }

  async #restoreLarge(digest: BlobDigest, path: string, mode: number): Promise<boolean> {
    await cloneFile(this.#pathOf(digest), path);
    try {
      chmodSync(path, mode);
      if ((await digestOfFile(path)) === digest) return true;
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    rmSync(path, { force: true });
    removeDamaged(this.#pathOf(digest));
    return false;
  }

  /** A blob that was already there may come from a writer that did not flush. */
  #settled(digest: BlobDigest, path: string): BlobDigest {
    if (this.#durable) flush(path);
    return digest;
  }

  #moveIn(incoming: string, path: string): void {
    try {
      makeFolder(dirname(path));
      renameSync(incoming, path);
      if (this.#durable) syncFolder(dirname(path));
    } catch (error) {
      rmSync(incoming, { force: true });
      throw error;
    }
  }

  #incomingPath(): string {
    const folder = join(this.#folder, "incoming");
    makeFolder(folder);
    return join(folder, randomBytes(12).toString("hex"));
  }

  #pathOf(digest: BlobDigest): string {
    const name = digest.slice("sha256:".length);
    return join(this.#folder, name.slice(0, 2), name.slice(2));
  }
}

function writeNew(path: string, bytes: Uint8Array, how: { readonly mode: number; readonly durable: boolean }): void {
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

function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function isIntact(path: string, digest: BlobDigest, size: number): Promise<boolean> {
  if (sizeOf(path) !== size) return false;
  return size > smallFileBytes ? (await digestOfFile(path)) === digest : digestOf(readFileSync(path)) === digest;
}

function sizeOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}

/** Where nothing can be removed (a read-only disk) the blob stays, and stays unused. */
function removeDamaged(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The caller is told that the blob is damaged in any case.
  }
}
