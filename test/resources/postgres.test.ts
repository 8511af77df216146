import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { isVerifierOf, scramVerifier } from "../../src/resources/postgres/client/scram.ts";
import { databaseName } from "../../src/resources/postgres/names.ts";
import { compare } from "../../src/resources/postgres/snapshots/summary.ts";
import { checkRoom } from "../../src/resources/room.ts";
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

test("what takes more than 1 GB is told with its time and space first, and not begun when there is no room for it", () => {
  const said: string[] = [];
  const work = { kind: "copy", what: "The database db of staging", bytes: 4e18, folder: tmpdir() } as const;
  expect(checkRoom(work, (text) => said.push(text))).toMatchObject({ ok: false, failures: [{ code: "no-space" }] });
  expect(said).toEqual([
    expect.stringMatching(/^The database db of staging holds .*: this takes about .*; .* are free$/),
  ]);
  expect(checkRoom({ ...work, bytes: 1000 }, (text) => said.push(text))).toEqual({ ok: true });
  expect(said).toHaveLength(1);
});

test("a restored database that has other tables, fewer rows or other content than was saved is told", () => {
  const table = (name: string, rows: string, digest: string) => ({ name, rows, digest });
  const before = { bytes: 1, tables: [table("a", "1", "x"), table("b", "2", "y"), table("c", "3", "z")] };
  const after = { bytes: 2, tables: [table("a", "1", "other"), table("b", "1", "y")] };
  expect(compare(before, before, "staging")).toEqual({ ok: true });
  expect(compare(before, after, "staging")).toMatchObject({
    failures: [{ cause: "a has different content\nb has 1 rows, not 2\nc is not there" }],
  });
});
