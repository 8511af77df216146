import { expect, test } from "vitest";
import { isVerifierOf, scramVerifier } from "../../src/resources/postgres/client/scram.ts";
import { databaseName } from "../../src/resources/postgres/names.ts";
import { Secret } from "../../src/secrets/secret.ts";

test("a name that fits is readable, one that is cut or could be another's ends with a digest", () => {
  expect(databaseName(["tg", "shop", "staging", "db"])).toBe("tg_shop_staging_db");
  expect(databaseName(["tg", "shop", "a_b", "c"])).not.toBe(databaseName(["tg", "shop", "a", "b_c"]));
  const long = databaseName(["tg", "shop", "x".repeat(90), "db"]);
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(63);
  expect(long).not.toBe(databaseName(["tg", "shop", "x".repeat(91), "db"]));
});

// RFC 7677, section 3: user "user", password "pencil".
test("a verifier is what RFC 7677's example has", () => {
  const verifier = scramVerifier(new Secret("pencil"), Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
  expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[^:]+:[^:]+$/);
  expect(isVerifierOf(verifier, new Secret("pencil"))).toBe(true);
  expect(isVerifierOf(verifier, new Secret("pencils"))).toBe(false);
  expect(isVerifierOf(null, new Secret("pencil"))).toBe(false);
});
