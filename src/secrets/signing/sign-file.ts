import { canonicalDigest } from "./canonical.ts";
import { printEntry, signedMessage } from "./entry.ts";
import { outlineOf } from "./outline.ts";
import type { SignableFile } from "./signable.ts";
import type { Signer } from "./signer.ts";

/** The signature of a file, to be stored in its metadata under `signatureKey`. The same input gives the same text. */
export function signFile(file: SignableFile, signer: Signer, now: Date): string {
  const unsigned = {
    at: `${now.toISOString().slice(0, 19)}Z`,
    publicKey: signer.publicKey,
    digest: canonicalDigest(file, signer.subject),
    outline: outlineOf(file, signer.subject),
  };
  return printEntry({ ...unsigned, signature: Buffer.from(signer.sign(signedMessage(unsigned))) });
}
