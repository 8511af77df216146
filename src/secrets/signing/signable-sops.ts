import type { Result } from "../../errors/result.ts";
import { toSignable } from "../sops/to-signable.ts";
import type { SopsFile } from "../sops/types.ts";
import { checkSignature, type Signed } from "./check-signature.ts";
import type { SignersFile } from "./signers-file.ts";

/** Refuses (`secrets-file-tampered`) a file that is not as somebody signed it who may; see `checkSignature`. */
export function checkSopsSignature(file: SopsFile, signers: SignersFile): Result<Signed> {
  return checkSignature(file.path, toSignable(file), file.metadata.signature, signers);
}
