import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { SnapshotAbout } from "../../../records/resource.ts";
import { checkRoom } from "../../room.ts";
import { withClient } from "../client/connect.ts";
import { dropDatabase, openDatabase, readDatabase, whileClosed } from "../database/database.ts";
import { besides } from "../names.ts";
import { dumpProgramsOf } from "../server/programs.ts";
import { asSuperuser } from "../server/server.ts";
import { type At, isThere, noteDone, noteGoingOn, roleLogin } from "./at.ts";
import { fillFromCopy } from "./copy.ts";
import { fillFromDump } from "./dump.ts";
import { summaryPath } from "./files.ts";
import { compare, readSummary, summarise } from "./summary.ts";

/**
 * Makes the database what a snapshot has. It is restored beside the one that serves, looked at, and takes its name in one
 * transaction: killed before it, the old one serves; killed after it, the new one. What is left over is in the ledger
 * before it is made.
 */
export async function restore(at: At, snapshot: SnapshotAbout): Promise<Result<void>> {
  const [fresh, old] = [besides(at.made.database, "new"), besides(at.made.database, "old")];
  if (await hasSwitched(at, snapshot, old)) return await cleanUp(at, fresh, old);
  const noted = await noteGoingOn(at, { restoring: { snapshot: snapshot.place.name, fresh, old } });
  if (!noted.ok) return noted;
  const filled = await fillAndCompare(at, snapshot, fresh);
  if (filled.ok) await switchOver(at, fresh, old);
  const cleaned = await cleanUp(at, fresh, old);
  return filled.ok ? cleaned : filled;
}

/** Whether the same was begun before, and killed when the new one had the name already. */
async function hasSwitched(at: At, snapshot: SnapshotAbout, old: string): Promise<boolean> {
  return at.made.restoring?.snapshot === snapshot.place.name && (await isThere(at, old));
}

async function cleanUp(at: At, fresh: string, old: string): Promise<Result<void>> {
  await asSuperuser(at.server, "postgres", async (client) => {
    for (const left of [fresh, old]) await dropDatabase(client, left);
  });
  return await noteDone(at);
}

/** Both names at once, while nobody is in either. A database that somebody removed leaves its name free. */
async function switchOver({ made, server }: At, fresh: string, old: string): Promise<void> {
  await asSuperuser(server, "postgres", async (client) => {
    const [name, freshName, oldName] = [made.database, fresh, old].map((one) => client.escapeIdentifier(one));
    await dropDatabase(client, old);
    const isNamed = (await readDatabase(client, made.database)) !== undefined;
    const rename = async () => {
      await client.query("begin");
      try {
        if (isNamed) await client.query(`alter database ${name} rename to ${oldName}`);
        await client.query(`alter database ${freshName} rename to ${name}`);
        await client.query("commit");
      } catch (error) {
        await client.query("rollback");
        throw error;
      }
    };
    try {
      await whileClosed(client, isNamed ? [fresh, made.database] : [fresh], rename);
    } finally {
      await openDatabase(client, made.database);
    }
  });
}

/**
 * Restores it to a database that is thrown away, and looks whether all of it is there. Its name follows from the one in the
 * ledger: what a killed one left goes with the next snapshot, the next try, or the resource.
 */
export async function rehearse(at: At, snapshot: SnapshotAbout): Promise<Result<void>> {
  const trying = besides(at.made.database, "try");
  try {
    return await fillAndCompare(at, snapshot, trying);
  } finally {
    await asSuperuser(at.server, "postgres", (client) => dropDatabase(client, trying));
  }
}

async function fillAndCompare(at: At, snapshot: SnapshotAbout, database: string): Promise<Result<void>> {
  const before = readSummary(summaryPath(at.context, snapshot.place));
  const { say } = at.context;
  const bytes = before?.bytes ?? snapshot.bytes;
  const kind = snapshot.place.kind === "database" ? "copy" : "restore";
  const what = `The snapshot of ${at.spec.name}`;
  const room = checkRoom({ kind, what, bytes, folder: join(at.server.record.home, "data") }, say);
  if (!room.ok) return room;
  const filled = await fill(at, snapshot, database);
  if (!filled.ok) return filled;
  if (before === undefined) {
    say(`${what} could be restored; what was in it when it was taken is unknown, so it was not compared`);
    return ok();
  }
  return compare(
    before,
    await withClient(roleLogin(at, database), (client) => summarise(client, before.bytes)),
    at.context.environment,
  );
}

async function fill(at: At, { place, version }: SnapshotAbout, database: string): Promise<Result<void>> {
  if (place.kind === "database") return await fillFromCopy(at, place, database);
  const { major } = at.made;
  if (version !== undefined && Number(version.split(".")[0]) > Number(major))
    return failed(newer(version, major, at.context.environment));
  const bin = await dumpProgramsOf(major);
  return bin === undefined ? failed(noPrograms(major)) : await fillFromDump(at, bin, place, database);
}

function newer(version: string, major: string, environment: string) {
  return {
    code: "resource-version",
    message: `The snapshot is from PostgreSQL ${version}, but the server is PostgreSQL ${major}`,
    cause: "An older server cannot read what a newer one saved.",
    hint: `Set version: "${version.split(".")[0]}" in the definition, or use an older snapshot: tidegate env snapshots ${environment}`,
  } as const;
}

/** The failure of who needs `pg_dump` or `pg_restore` of a version that this machine has not. */
export function noPrograms(major: string) {
  return {
    code: "resource-failed",
    message: `pg_dump and pg_restore of PostgreSQL ${major} are not on this machine`,
    hint: `apt-get install postgresql-client-${major}`,
  } as const;
}
