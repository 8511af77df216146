import type { Result } from "../errors/result.ts";

/** `sha256:` and 64 hexadecimal digits. */
export type BlobDigest = string & { readonly __brand: "BlobDigest" };

/**
 * Content-addressed files. Writing is atomic and idempotent: a blob is there whole or not at all, and is never
 * changed. All implementations pass `test/blobs/conformance.ts`.
 */
export interface BlobStore {
  putBytes(bytes: Uint8Array): Promise<Result<BlobDigest>>;
  /** Copies a file in (copy-on-write where the disk can) and returns the digest of exactly the bytes stored. */
  putFile(path: string): Promise<Result<{ readonly digest: BlobDigest; readonly size: number }>>;
  has(digest: BlobDigest): Promise<boolean>;
  /** Whole content, verified against the digest; `undefined` when missing or damaged. */
  read(digest: BlobDigest): Promise<Uint8Array | undefined>;
  /** Writes the content to `path` (must not exist) with `mode`, verified; false when missing or damaged, then nothing is written. */
  restore(digest: BlobDigest, path: string, mode: number): Promise<Result<boolean>>;
}
