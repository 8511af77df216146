import { hash } from "node:crypto";
import type { BlobDigest } from "./blob-store.ts";

const digestForm = /^sha256:[0-9a-f]{64}$/;

/** The digest of some bytes. */
export function digestOf(bytes: Uint8Array | string): BlobDigest {
  return `sha256:${hash("sha256", bytes, "hex")}` as BlobDigest;
}

/** Whether a text, maybe from a damaged or hostile file, has the form of a digest: only then may it become a path. */
export function isBlobDigest(text: unknown): text is BlobDigest {
  return typeof text === "string" && digestForm.test(text);
}
