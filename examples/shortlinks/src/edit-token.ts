import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Proves that somebody made a link and may delete it. It is derived, not stored: every instance with the same
 * session key knows it, and a copy of the database does not give it away.
 */
export function editToken(sessionKey: string, code: string): string {
  return createHmac("sha256", sessionKey).update(`edit:${code}`).digest("base64url");
}

export function isEditToken(sessionKey: string, code: string, token: string): boolean {
  const expected = Buffer.from(editToken(sessionKey, code));
  const given = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
