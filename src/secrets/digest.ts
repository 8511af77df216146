import { createHmac } from "node:crypto";
import type { Secret } from "./secret.ts";

/** `hmac-sha256:` and 64 hexadecimal digits: equal for equal values under one key, and says nothing without the key. */
export type SecretDigest = string & { readonly __brand: "SecretDigest" };

/**
 * The digest by which a secret is compared and recorded. Short secrets can be guessed by whoever has the key: keep it
 * like a secret.
 */
export function secretDigest(secret: Secret, key: Uint8Array): SecretDigest {
  const digest = createHmac("sha256", key).update(secret.reveal(), "utf8").digest("hex");
  return `hmac-sha256:${digest}` as SecretDigest;
}
