import type { Result } from "../errors/result.ts";

/** `sha256:` and 64 hexadecimal digits. */
export type BlobDigest = string & { readonly __brand: "BlobDigest" };

/** A blob that is there; whether its content is what its name says is not known. */
export interface StoredBlob {
  readonly digest: BlobDigest;
  readonly size: number;
}

/**
 * Content-addressed files. Writing is atomic and idempotent: a blob is there whole or not at all, and is never changed.
 * A store that cannot be reached answers with a failure (`blobs-unreachable`); it never says "missing" then. What has not
 * the form of a digest is missing. All implementations pass `test/blobs/conformance.ts`.
 *
 * A blob stays as long as a root keeps it, or somebody holds. Who stores blobs holds until a root keeps them:
 * `hold` → `put…` → `keep` → let go.
 */
export interface BlobStore {
  putBytes(bytes: Uint8Array): Promise<Result<BlobDigest>>;
  /** Copies a file in (copy-on-write where the disk can) and returns the digest of exactly the bytes stored. */
  putFile(path: string): Promise<Result<StoredBlob>>;
  /** Stores what comes, in bounded memory. A throw of `chunks` goes on to the caller; nothing is stored then. */
  putStream(chunks: AsyncIterable<Uint8Array>): Promise<Result<StoredBlob>>;
  has(digest: BlobDigest): Promise<Result<boolean>>;
  /** Whole content, verified against the digest; `undefined` when missing or damaged. */
  read(digest: BlobDigest): Promise<Result<Uint8Array | undefined>>;
  /**
   * The content in chunks, in bounded memory; `undefined` when missing. The iteration throws `DamagedBlob` at its end, or
   * earlier, when the content was not what its name says (the blob is gone then), and the system's error when it breaks off.
   */
  stream(digest: BlobDigest): Promise<Result<AsyncIterable<Uint8Array> | undefined>>;
  /** Writes the content to `path` (must not exist) with `mode`, verified; false when missing or damaged, then nothing is written. */
  restore(digest: BlobDigest, path: string, mode: number): Promise<Result<boolean>>;
  /** Reads the whole content, in bounded memory: false when missing or damaged. A damaged blob is gone afterwards. */
  verify(digest: BlobDigest): Promise<Result<boolean>>;
  /** Every blob, in no order. */
  list(): Promise<Result<readonly StoredBlob[]>>;

  /**
   * These blobs stay from now on, until the root keeps others or is released. A root's name has letters, digits, `.`, `_`
   * and `-`. Returns those of them that are not there.
   */
  keep(root: string, digests: Iterable<BlobDigest>): Promise<Result<readonly BlobDigest[]>>;
  /** The root keeps nothing any more. Releasing what is no root is a success. */
  release(root: string): Promise<Result<void>>;
  /** Until it is let go nothing is collected; waits for a collection under way. Ends with the process in any case. */
  hold(): Promise<Result<BlobHold>>;
  /**
   * Removes every blob that no root keeps and that is not among those that `decide` names. It is asked while nobody holds,
   * so that what it sees does not change behind it; it may release roots, and when it fails nothing is removed.
   * `undefined` when somebody holds: it is not asked then. A kill in the middle leaves blobs for the next collection.
   */
  collect(decide: () => Promise<Result<ReadonlySet<BlobDigest>>>): Promise<Result<CollectedBlobs | undefined>>;
}

export interface BlobHold {
  letGo(): void;
}

export interface CollectedBlobs {
  readonly blobs: number;
  readonly bytes: number;
  readonly bytesLeft: number;
}

/** Content that is not what its name says, found while it was streamed. */
export class DamagedBlob extends Error {
  constructor(digest: BlobDigest) {
    super(`The blob ${digest} is damaged`);
  }
}
