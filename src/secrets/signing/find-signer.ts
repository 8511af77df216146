import { failed, ok, type Result } from "../../errors/result.ts";
import type { Identity } from "../age/identity.ts";
import type { Signer } from "./signer.ts";
import type { SignersFile } from "./signers-file.ts";
import { signerOf } from "./signing-key.ts";
import { subjectOf } from "./subject.ts";

/** The first of the identities that may write, ready to sign the file at `path` (absolute). Else `secrets-no-key`. */
export function findSigner(identities: readonly Identity[], signers: SignersFile, path: string): Result<Signer> {
  const subject = subjectOf(signers.path, path);
  const allowed = new Set(signers.entries.map(({ publicKey }) => publicKey));
  const signer = identities.map((identity) => signerOf(identity, subject)).find((one) => allowed.has(one.publicKey));
  return signer === undefined ? refuse(identities, signers, subject) : ok(signer);
}

function refuse(identities: readonly Identity[], signers: SignersFile, subject: string) {
  const [first] = identities;
  if (first === undefined) {
    return failed({ code: "secrets-no-key", message: "There is no key to sign with" });
  }
  const names = signers.entries.map(({ name }) => name).join(", ");
  const line = `NAME ${first.recipient} ${signerOf(first, subject).publicKey}`;
  return failed({
    code: "secrets-no-key",
    message: "None of your keys may write this project's secrets",
    cause: `${signers.path} has ${names === "" ? "nobody" : names}`,
    hint: `Ask one of them to add this line, with your name: ${line}`,
  });
}
