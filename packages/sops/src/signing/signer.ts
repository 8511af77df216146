import { createPrivateKey, createPublicKey, hkdfSync, sign } from "node:crypto";
import { dirname } from "node:path";
import { decodeBech32 } from "../age/bech32.ts";
import type { Identity } from "../age/identity.ts";
import { failed, ok, type Result, relativePath } from "../result.ts";
import { encodePublicKey } from "./public-key.ts";
import type { SignersFile } from "./signers-file.ts";

/** Signs one file: who asks for it decides which file that is, and with whose key. */
export interface Signer {
  /** `tgsign1…` */
  readonly publicKey: string;
  /** The file that it signs, as seen from the folder of the signers file: see `subjectOf`. */
  readonly subject: string;
  /** Ed25519, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * What a signature calls a file: its path as seen from the folder of the signers file, with `/`. So a file that was
 * signed for one environment is refused in the place of another's.
 */
export function subjectOf(signersPath: string, file: string): string {
  return relativePath(dirname(signersPath), file);
}

/** Its own label, so that nothing else ever derives the same bytes from an identity. */
const label = "tidegate secrets signing v1 ";

/** What precedes the 32 bytes of an Ed25519 seed in PKCS #8: RFC 8410, section 7. */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The signing key of an age identity: HKDF-SHA256 of its 32 bytes, with no salt, gives the seed of an Ed25519 key.
 * So whoever has an identity can sign with it, and nobody has a second key to keep.
 */
export function signerOf(identity: Identity, subject: string): Signer {
  const scalar = decodeBech32(identity.reveal())!.data;
  const seed = Buffer.from(hkdfSync("sha256", scalar, Buffer.alloc(0), label + identity.kind, 32));
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  const publicKey = encodePublicKey(Buffer.from(x!, "base64url"));
  return { publicKey, subject, sign: (message) => sign(null, message, key) };
}

/** The first of the identities that may write, ready to sign the file at `path` (absolute). Else `no-signing-key`. */
export function findSigner(identities: readonly Identity[], signers: SignersFile, path: string): Result<Signer> {
  const subject = subjectOf(signers.path, path);
  const allowed = new Set(signers.entries.map(({ publicKey }) => publicKey));
  const signer = identities.map((identity) => signerOf(identity, subject)).find((one) => allowed.has(one.publicKey));
  return signer === undefined ? refuse(identities, signers, subject) : ok(signer);
}

function refuse(identities: readonly Identity[], signers: SignersFile, subject: string) {
  const [first] = identities;
  if (first === undefined) {
    return failed({ code: "no-signing-key", message: "There is no key to sign with" });
  }
  const names = signers.entries.map(({ name }) => name).join(", ");
  const line = `NAME ${first.recipient} ${signerOf(first, subject).publicKey}`;
  return failed({
    code: "no-signing-key",
    message: "None of your keys may write this project's secrets",
    cause: `${signers.path} has ${names === "" ? "nobody" : names}`,
    hint: `Ask one of them to add this line, with your name: ${line}`,
  });
}
