import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { failed, ok, type Result } from "../errors/result.ts";
import { Secret, type Secrets } from "./secret.ts";

/**
 * Sealed values at rest: `tgs1.` and base64url of nonce (12 bytes), tag (16), ciphertext of the values as JSON;
 * AES-256-GCM with the prefix as associated data, so that a later format cannot be passed off as this one.
 */
const prefix = "tgs1.";
const nonceLength = 12;
const tagLength = 16;

/** @throws RangeError when the key has not 32 bytes: a bug of the caller. */
export function seal(secrets: Secrets, key: Uint8Array): string {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength }).setAAD(Buffer.from(prefix));
  const values = Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()]));
  const body = Buffer.concat([cipher.update(JSON.stringify(values), "utf8"), cipher.final()]);
  return prefix + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
}

/** What `seal` was given. Another key, another format or a changed byte: `secret-unreadable`. */
export function unseal(sealed: string, key: Uint8Array): Result<Secrets> {
  if (!sealed.startsWith(prefix))
    return unreadable("They were sealed in a format that this version of Tidegate does not know");
  const bytes = Buffer.from(sealed.slice(prefix.length), "base64url");
  if (bytes.length < nonceLength + tagLength) return unreadable("They are truncated");
  try {
    const values = JSON.parse(open(bytes, key)) as Record<string, string>;
    return ok(new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)])));
  } catch {
    // The error itself could quote what was decrypted.
    return unreadable("The key is another one, or they were changed");
  }
}

function open(bytes: Buffer, key: Uint8Array): string {
  const nonce = bytes.subarray(0, nonceLength);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(prefix)).setAuthTag(bytes.subarray(nonceLength, nonceLength + tagLength));
  return decipher.update(bytes.subarray(nonceLength + tagLength), undefined, "utf8") + decipher.final("utf8");
}

function unreadable(cause: string) {
  const message = "Sealed values cannot be read";
  const hint = "Deploy again: the values are sealed again.";
  return failed({ code: "secret-unreadable", message, cause, hint });
}
