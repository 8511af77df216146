import { failed, ok, type Result } from "../../errors/result.ts";
import type { SignableFile } from "./signable.ts";
import { signatureFailure } from "./signature-failure.ts";
import type { SignersFile } from "./signers-file.ts";
import { subjectOf } from "./subject.ts";
import { verifySignature } from "./verify-signature.ts";

/** Who signed a file, and when. */
export interface Signed {
  /** The name in the signers file. */
  readonly signer: string;
  readonly publicKey: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/**
 * Refuses (`secrets-file-tampered`) a file that is not as somebody signed it who may. `path`: absolute, like the path
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
