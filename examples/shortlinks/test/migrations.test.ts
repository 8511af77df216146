import assert from "node:assert/strict";
import { test } from "node:test";
import { health } from "../src/health.ts";
import { migrate, neededVersion, schemaVersion } from "../src/migrations.ts";
import { databaseAt, temporaryFolder } from "./workplace.ts";

test("migrating again changes nothing", (t) => {
  const database = databaseAt(t);
  assert.deepEqual(migrate(database), { from: neededVersion, to: neededVersion });
});

test("links made before a migration are there after it", (t) => {
  const database = databaseAt(t, 1);
  database.exec("INSERT INTO links (code, target, created_at) VALUES ('old', 'https://example.com/', 1)");
  migrate(database);
  assert.equal(database.prepare("SELECT visits FROM links WHERE code = 'old'").get()?.visits, 0);
});

test("the release before still writes and reads on migrated data", (t) => {
  const database = databaseAt(t);
  database.exec("INSERT INTO links (code, target, created_at) VALUES ('old', 'https://example.com/', 1)");
  assert.equal(database.prepare("SELECT target FROM links WHERE code = 'old'").get()?.target, "https://example.com/");
});

test("a newer schema is left as it is and is healthy", (t) => {
  const database = databaseAt(t);
  database.exec(`PRAGMA user_version = ${neededVersion + 1}`);
  assert.equal(migrate(database).to, neededVersion + 1);
  assert.equal(health(database, "release-1").status, 200);
});

test("a release whose schema is not there yet is not healthy", (t) => {
  const reply = health(databaseAt(t, 1), "release-1");
  assert.equal(reply.status, 503);
  assert.deepEqual(JSON.parse(reply.body), { ok: false, release: "release-1", schema: 1, problem: "not migrated" });
});

test("a migration that fails leaves the schema as it was", (t) => {
  const database = databaseAt(t, 1);
  database.exec("ALTER TABLE links ADD COLUMN visits TEXT");
  assert.throws(() => migrate(database), /duplicate column/);
  assert.equal(schemaVersion(database), 1);
  assert.equal(database.isTransaction, false);
});

test("two releases share one database", (t) => {
  const folder = temporaryFolder(t);
  const [before, after] = [databaseAt(t, 1, folder), databaseAt(t, 1, folder)];
  assert.equal(migrate(after).to, neededVersion);
  before.exec("INSERT INTO links (code, target, created_at) VALUES ('x', 'https://example.com/', 1)");
  assert.equal(after.prepare("SELECT visits FROM links WHERE code = 'x'").get()?.visits, 0);
});
