import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { type App, type AppRequest, createApp } from "../src/app.ts";
import { openDatabase } from "../src/database.ts";
import { migrate } from "../src/migrations.ts";
import { readSettings, type Settings } from "../src/settings.ts";

export const env = {
  BASE_URL: "http://short.test/",
  SESSION_KEY: "a session key that is only for tests",
  TIDEGATE_RELEASE: "release-1",
} as const;

export const settings = readSettings(env) as Settings;

/** A folder that goes when the test does. */
export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "shortlinks-"));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A database at a version of the schema. */
export function databaseAt(test: TestContext, version?: number, folder = temporaryFolder(test)): DatabaseSync {
  const database = openDatabase(folder);
  test.after(() => database.close());
  migrate(database, version);
  return database;
}

export function migratedApp(test: TestContext): App {
  return createApp(databaseAt(test), settings, () => 1_700_000_000_000);
}

export function request(method: string, path: string, more: Partial<AppRequest> = {}): AppRequest {
  return { method, path, fields: {}, bearer: "", json: true, ...more };
}
