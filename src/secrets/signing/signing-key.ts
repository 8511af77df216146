import { createPrivateKey, createPublicKey, hkdfSync, sign } from "node:crypto";
import { decodeBech32 } from "../age/bech32.ts";
import type { Identity } from "../age/identity.ts";
import { encodePublicKey } from "./public-key.ts";
import type { Signer } from "./signer.ts";

/** Its own label, so that nothing else ever derives the same bytes from an identity. */
const label = "tidegate secrets signing v1 ";

/** What precedes the 32 bytes of an Ed25519 seed in PKCS #8: RFC 8410, section 7. */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The signing key of an age identity: HKDF-SHA256 of its 32 bytes, with no salt, gives the seed of an Ed25519 key.
 * So whoever has an identity can sign with it, and nobody has a second key to keep.
 */
export function signerOf(identity: Identity, subject: string): Signer {
  const scalar = decodeBech32(identity.key.reveal())!.data;
  const seed = Buffer.from(hkdfSync("sha256", scalar, Buffer.alloc(0), label + identity.kind, 32));
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  const publicKey = encodePublicKey(Buffer.from(x!, "base64url"));
  return { publicKey, subject, sign: (message) => sign(null, message, key) };
}
