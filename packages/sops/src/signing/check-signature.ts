import { failed, ok, type Result } from "../result.ts";
import type { SignableFile } from "./signable.ts";
import { verifySignature } from "./signature.ts";
import { signatureFailure } from "./signature-failure.ts";
import { subjectOf } from "./signer.ts";
import type { SignersFile } from "./signers-file.ts";

/** Who signed a file, and when. */
export interface Signed {
  /** The name in the signers file. */
  readonly signer: string;
  readonly publicKey: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Of two versions of a file the one with the lower counter is the older. Absent: it was signed before there were counters. */
  readonly counter?: number;
}

/**
 * Refuses (`unsigned`, `signature-wrong`) a file that is not as somebody signed it who may. `path`: absolute, like the path
 * of `signers`; `entry`: the text under `signatureKey` in its metadata.
 */
export function checkSignature(
  path: string,
  file: SignableFile,
  entry: string | undefined,
  signers: SignersFile,
): Result<Signed> {
  const verdict = verifySignature(file, entry, signers, subjectOf(signers.path, path));
  return verdict.state === "valid" ? ok(verdict) : failed(signatureFailure(path, verdict));
}
