import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { Sign, Signature } from "../store/store.ts";
import type { ProjectKey } from "./project-key.ts";

/**
 * The Ed25519 key (RFC 8032) that the head of the audit log is signed with. It is derived from the project's key, so there is nothing
 * more to keep or to lose; its public half tells nothing of that key.
 *
 * What a signature proves: somebody who had the project's key (this machine's user, or root) had seen the log up to that head.
 * Not: that they told the truth, or that the log has no newer entries.
 */
export function auditSigner(projectKey: () => ProjectKey): Sign {
  let known: { readonly privateKey: KeyObject; readonly key: string } | undefined;
  return (text) => {
    known ??= keyPair(projectKey());
    return { key: known.key, signature: sign(null, Buffer.from(text), known.privateKey).toString("base64url") };
  };
}

/** The public key: `ed25519:` and its 32 bytes in base64url. */
export function auditKeyOf(projectKey: ProjectKey): string {
  return keyPair(projectKey).key;
}

/** Whether the text was signed with the private half of the key that stands in the signature. Whose key that is, the caller knows. */
export function isSignedBy(text: string, { key, signature }: Signature): boolean {
  const bytes = Buffer.from(key.replace(prefix, ""), "base64url");
  if (!key.startsWith(prefix) || bytes.length !== 32) return false;
  const publicKey = createPublicKey({ key: Buffer.concat([spki, bytes]), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64url"));
}

const prefix = "ed25519:";
/** What stands before the 32 bytes of a private and of a public key (RFC 8410). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
const spki = Buffer.from("302a300506032b6570032100", "hex");

function keyPair(projectKey: ProjectKey) {
  const seed = Buffer.from(projectKey.derive("audit log").reveal(), "hex");
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" });
  const bytes = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(spki.length);
  return { privateKey, key: `${prefix}${bytes.toString("base64url")}` };
}
