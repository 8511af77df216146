import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { digestOfFile } from "../../files/digest-of-file.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { syncFolder } from "../../files/sync-folder.ts";
import { takeProcessLock, waitForProcessLock } from "../../process/process-lock.ts";
import type { BlobDigest, BlobHold, BlobStore, CollectedBlobs, StoredBlob } from "../blob-store.ts";
import { digestOf, isBlobDigest } from "../digest.ts";
import { listBlobs, removeHalfWritten } from "./disk-blobs.ts";
import { Roots } from "./roots.ts";
import {
  cloneFile,
  flush,
  isIntact,
  removeDamaged,
  sizeOf,
  smallFileBytes,
  verified,
  writeChunks,
  writeNew,
} from "./whole-file.ts";

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
 * A missing folder is made by the first write. Holders share a lock that a collection has alone.
 */
export class DiskBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #durable: boolean;
  readonly #roots: Roots;

  constructor(folder: string, options: DiskBlobStoreOptions = {}) {
    this.#folder = folder;
    this.#roots = new Roots(folder);
    this.#durable = options.durable ?? true;
  }

  async putBytes(bytes: Uint8Array): Promise<Result<BlobDigest>> {
    return guardDisk(async () => ok(await this.#store(bytes)));
  }

  async putFile(path: string): Promise<Result<StoredBlob>> {
    return guardDisk(async () => {
      if (statSync(path).size > smallFileBytes)
        return ok(await this.#storeLarge((incoming) => cloneFile(path, incoming)));
      const bytes = readFileSync(path);
      return ok({ digest: await this.#store(bytes), size: bytes.length });
    });
  }

  async putStream(chunks: AsyncIterable<Uint8Array>): Promise<Result<StoredBlob>> {
    return guardDisk(async () => ok(await this.#storeLarge((incoming) => writeChunks(chunks, incoming))));
  }

  async has(digest: BlobDigest): Promise<Result<boolean>> {
    return this.#reading(() => isBlobDigest(digest) && sizeOf(this.#pathOf(digest)) !== undefined);
  }

  async read(digest: BlobDigest): Promise<Result<Uint8Array | undefined>> {
    return this.#reading(() => {
      if (!isBlobDigest(digest)) return undefined;
      const path = this.#pathOf(digest);
      const bytes = readIfThere(path);
      if (bytes === undefined || digestOf(bytes) === digest) return bytes;
      removeDamaged(path);
      return undefined;
    });
  }

  async stream(digest: BlobDigest): Promise<Result<AsyncIterable<Uint8Array> | undefined>> {
    return this.#reading(() => {
      if (!isBlobDigest(digest)) return undefined;
      const path = this.#pathOf(digest);
      if (!existsSync(path)) return undefined;
      return verified(path, digest);
    });
  }

  async restore(digest: BlobDigest, path: string, mode: number): Promise<Result<boolean>> {
    return guardDisk(async () => {
      const size = isBlobDigest(digest) ? sizeOf(this.#pathOf(digest)) : undefined;
      if (size === undefined) return ok(false);
      if (size > smallFileBytes) return ok(await this.#restoreLarge(digest, path, mode));
      const bytes = await this.read(digest);
      if (!bytes.ok) return bytes;
      if (bytes.value === undefined) return ok(false);
      writeNew(path, bytes.value, { mode, durable: false });
      return ok(true);
    });
  }

  async verify(digest: BlobDigest): Promise<Result<boolean>> {
    return this.#reading(async () => {
      const path = this.#pathOf(digest);
      if (!isBlobDigest(digest) || sizeOf(path) === undefined) return false;
      if ((await digestOfFile(path)) === digest) return true;
      removeDamaged(path);
      return false;
    });
  }

  async list(): Promise<Result<readonly StoredBlob[]>> {
    return this.#reading(() => [...listBlobs(this.#folder)].map(({ digest, size }) => ({ digest, size })));
  }

  async keep(root: string, digests: Iterable<BlobDigest>): Promise<Result<readonly BlobDigest[]>> {
    const wanted = [...new Set(digests)].sort();
    return guardDisk(async () => {
      this.#roots.write(root, wanted);
      return ok(wanted.filter((digest) => !isBlobDigest(digest) || sizeOf(this.#pathOf(digest)) === undefined));
    });
  }

  async release(root: string): Promise<Result<void>> {
    return guardDisk(() => {
      this.#roots.remove(root);
      return ok();
    });
  }

  async hold(): Promise<Result<BlobHold>> {
    return guardDisk(async () => {
      const lock = await waitForProcessLock(this.#lockPath(), Number.POSITIVE_INFINITY, { how: "shared" });
      return ok({ letGo: () => lock!.release() });
    });
  }

  async collect(decide: () => Promise<Result<ReadonlySet<BlobDigest>>>): Promise<Result<CollectedBlobs | undefined>> {
    return guardDisk(async () => {
      if (!existsSync(this.#folder)) return ok({ blobs: 0, bytes: 0, bytesLeft: 0 });
      const lock = takeProcessLock(this.#lockPath());
      if (lock === undefined) return ok(undefined);
      try {
        const alsoKept = await decide();
        return alsoKept.ok ? this.#collectAlone(alsoKept.value) : alsoKept;
      } finally {
        lock.release();
      }
    });
  }

  #collectAlone(alsoKept: ReadonlySet<BlobDigest>): Result<CollectedBlobs> {
    const kept = this.#roots.kept();
    if (kept === undefined) return failed(damagedRoot(this.#folder));
    const gone = { blobs: 0, bytes: 0, bytesLeft: 0 };
    for (const { digest, path, size } of listBlobs(this.#folder)) {
      if (kept.has(digest) || alsoKept.has(digest)) gone.bytesLeft += size;
      else {
        rmSync(path, { force: true });
        gone.blobs += 1;
        gone.bytes += size;
      }
    }
    removeHalfWritten(this.#folder);
    return ok(gone);
  }

  #lockPath(): string {
    makeFolder(this.#folder);
    return join(this.#folder, "collect.lock");
  }

  /** Only what is not there is missing: whatever else the system says is no answer. */
  async #reading<T>(work: () => T | Promise<T>): Promise<Result<T>> {
    try {
      return ok(await work());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return failed(unreachable(this.#folder, error as Error));
    }
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
  async #storeLarge(write: (incoming: string) => Promise<void>): Promise<StoredBlob> {
    const incoming = this.#incomingPath();
    try {
      await write(incoming);
      chmodSync(incoming, 0o444);
      const size = statSync(incoming).size;
      const digest = (await digestOfFile(incoming)) as BlobDigest;
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

function unreachable(folder: string, error: Error): Failure {
  return {
    code: "blobs-unreachable",
    message: `The stored files in ${folder} cannot be read`,
    cause: error.message,
    hint: "Make the folder readable for this user, and check its disk: tidegate doctor",
  };
}

function damagedRoot(folder: string): Failure {
  return {
    code: "state-damaged",
    message: `What is kept in ${join(folder, "roots")} cannot be read, so nothing was removed`,
    hint: "Restore the folder from a backup; until then nothing is removed.",
  };
}
