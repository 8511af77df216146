import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../../secrets/secret.ts";

const iterations = 4096;

/**
 * What PostgreSQL keeps of a password: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5802, RFC 7677).
 * Statements carry this instead of the password, so that no log of a server can show it. The password must be plain
 * ASCII: SASLprep would change others.
 */
export function scramVerifier(password: Secret, salt: Buffer = randomBytes(16)): string {
  return verifierWith(password, salt, iterations);
}

/** Whether a role's stored verifier is of this password. */
export function isVerifierOf(verifier: string | null, password: Secret): boolean {
  const parts = /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/=]+)\$/.exec(verifier ?? "");
  if (verifier === null || parts === null) return false;
  const expected = verifierWith(password, Buffer.from(parts[2] as string, "base64"), Number(parts[1]));
  const [a, b] = [expected, verifier].map((text) => createHash("sha256").update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

function verifierWith(password: Secret, salt: Buffer, rounds: number): string {
  const salted = pbkdf2Sync(password.reveal(), salt, rounds, 32, "sha256");
  const clientKey = hmac(salted, "Client Key");
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${rounds}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
