import { verify } from "node:crypto";
import { canonicalDigest } from "./canonical.ts";
import { parseEntry, printEntry, type SignatureEntry, signedMessage } from "./entry.ts";
import { findChanges } from "./find-changes.ts";
import type { SignatureFinding, SignatureVerdict } from "./findings.ts";
import { outlineOf } from "./outline.ts";
import { decodePublicKey } from "./public-key.ts";
import type { SignableFile } from "./signable.ts";
import type { Signer } from "./signer.ts";
import type { SignersFile } from "./signers-file.ts";

/** The signature of a file, to be stored in its metadata under `signatureKey`. The same input gives the same text. */
export function signFile(file: SignableFile, signer: Signer, now: Date, counter: number): string {
  const unsigned = {
    at: `${now.toISOString().slice(0, 19)}Z`,
    counter,
    publicKey: signer.publicKey,
    digest: canonicalDigest(file, signer.subject),
    outline: outlineOf(file, signer.subject),
  };
  return printEntry({ ...unsigned, signature: Buffer.from(signer.sign(signedMessage(unsigned))) });
}

/**
 * Whether the file is as somebody signed it who may. Needs no key. `entry`: the text under `signatureKey`; `subject`:
 * which file it is, see `subjectOf`.
 */
export function verifySignature(
  file: SignableFile,
  entry: string | undefined,
  signers: SignersFile,
  subject: string,
): SignatureVerdict {
  if (entry === undefined) return refused({ kind: "unsigned" });
  const parsed = parseEntry(entry);
  if (parsed === undefined) return refused({ kind: "malformed" });
  const { publicKey, at, counter } = parsed;
  const signer = signers.entries.find((one) => one.publicKey === publicKey)?.name;
  if (signer === undefined) return refused({ kind: "unknown-signer", publicKey });
  if (!isGenuine(parsed)) return refused({ kind: "forged", signer });
  if (canonicalDigest(file, subject).equals(parsed.digest))
    return { state: "valid", signer, publicKey, at, ...(counter !== undefined && { counter }) };
  return { state: "refused", findings: findChanges(parsed.outline, file, subject), signer };
}

/** Whether the key that it names has signed it. */
export function isGenuine(entry: SignatureEntry): boolean {
  const key = decodePublicKey(entry.publicKey);
  return key !== undefined && verify(null, signedMessage(entry), key, entry.signature);
}

function refused(finding: SignatureFinding): SignatureVerdict {
  return { state: "refused", findings: [finding] };
}
