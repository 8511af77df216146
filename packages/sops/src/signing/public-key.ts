import { createPublicKey, type KeyObject } from "node:crypto";
import { decodeBech32, encodeBech32 } from "../age/bech32.ts";

const prefix = "tgsign";
const keyLength = 32;

/** `tgsign1…`: Bech32 of an Ed25519 public key. */
export function encodePublicKey(bytes: Uint8Array): string {
  return encodeBech32({ prefix, data: bytes });
}

/** Whether it is a signing key, whole and unchanged. */
export function isPublicKey(text: string): boolean {
  return decodePublicKey(text) !== undefined;
}

/** `undefined` when it is none. */
export function decodePublicKey(text: string): KeyObject | undefined {
  const decoded = decodeBech32(text);
  const isKey = text === text.toLowerCase() && decoded?.prefix === prefix && decoded.data.length === keyLength;
  if (!isKey) return undefined;
  const x = Buffer.from(decoded.data).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
