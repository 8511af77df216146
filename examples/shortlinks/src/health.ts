import type { DatabaseSync } from "node:sqlite";
import { neededVersion, schemaVersion } from "./migrations.ts";
import { json, type Reply } from "./reply.ts";

/** 200 only when this release could answer a request now: its schema is there and can be read. */
export function health(database: DatabaseSync, release: string): Reply {
  try {
    const schema = schemaVersion(database);
    if (schema < neededVersion) return json(503, { ok: false, release, schema, problem: "not migrated" });
    database.prepare("SELECT code FROM links LIMIT 1").get();
    return json(200, { ok: true, release, schema });
  } catch {
    return json(503, { ok: false, release, problem: "database not readable" });
  }
}
