import { constants, copyFileSync, existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import type { SnapshotAbout } from "../../../records/resource.ts";
import type { ResourceContext, Snapshots, Taken } from "../../resource.ts";
import { checkRoom } from "../../room.ts";
import { databaseBytes, dropDatabase, openDatabase, readDatabase } from "../database/database.ts";
import { isExternal } from "../external.ts";
import { isGone, whereOf } from "../local.ts";
import { type LocalMade, localOf, type PostgresSpec } from "../made.ts";
import { besides } from "../names.ts";
import { isMade } from "../server/bring-up.ts";
import { dumpProgramsOf } from "../server/programs.ts";
import { serverPlace } from "../server/record.ts";
import { asSuperuser, serverAt } from "../server/server.ts";
import { type At, atDatabase } from "./at.ts";
import { dropCopy, takeCopy } from "./copy.ts";
import { takeDump } from "./dump.ts";
import { rehearseExternal, restoreExternal, takeExternal } from "./external.ts";
import {
  beginFile,
  dumpPath,
  finishFile,
  removeEmptied,
  removeUnfinished,
  summaryPath,
  unknownSnapshot,
} from "./files.ts";
import { rehearse, restore } from "./restore.ts";

/** How databases are saved and brought back: dumps where the machine has `pg_dump`, else copies on the same server. */
export function postgresSnapshots(from: readonly string[]): Snapshots<PostgresSpec> {
  const withLocal = async <T>(spec: PostgresSpec, context: ResourceContext, work: (at: At) => Promise<Result<T>>) => {
    const made = localOf(spec.name, context);
    return made.ok ? await atDatabase(spec, context, made.value, from, work) : made;
  };
  return {
    take: (spec, context, name) =>
      isExternal(spec) ? takeExternal(spec, context, name) : withLocal(spec, context, (at) => take(at, name)),
    restore: async (spec, context, snapshot) =>
      isExternal(spec)
        ? restoreExternal(spec, context, snapshot)
        : withLocal(spec, context, (at) => restore(at, snapshot)),
    rehearse: (spec, context, snapshot) =>
      isExternal(spec)
        ? rehearseExternal(spec, context, snapshot)
        : withLocal(spec, context, (at) => rehearse(at, snapshot)),
    forget: async (spec, context, place) => {
      const files = await guardDisk(() => forgetFiles(context, place));
      if (!files.ok || place.kind !== "database") return files;
      const made = localOf(spec.name, context);
      // The server went with its last database, and with it the copy.
      if (!made.ok || !hasServer(context, made.value)) return ok();
      return await atDatabase(spec, context, made.value, from, (at) => dropCopy(at, place));
    },
    copyTo: (spec, context, snapshot, folder) => guardDisk(() => copyTo(spec, context, snapshot, folder)),
  };
}

async function take(at: At, name: string): Promise<Result<Taken>> {
  const bytes = await asSuperuser(at.server, "postgres", async (client) => {
    if ((await readDatabase(client, at.made.database)) === undefined) return undefined;
    // One that was killed had cut it off, or left what it tried.
    await openDatabase(client, at.made.database);
    await dropDatabase(client, besides(at.made.database, "try"));
    return databaseBytes(client, at.made.database);
  });
  if (bytes === undefined) return failed(isGone(at.spec, at.context));
  const bin = await dumpProgramsOf(at.made.major);
  const folder = bin === undefined ? join(at.server.record.home, "data") : at.context.snapshots;
  const { what } = whereOf(at.spec, at.context);
  const room = checkRoom({ kind: bin === undefined ? "copy" : "dump", what, bytes, folder }, at.context.say);
  if (!room.ok) return room;
  return bin === undefined ? await takeCopy(at, name) : await takeDump(at, bin, name);
}

function hasServer(context: ResourceContext, made: LocalMade): boolean {
  const server = serverAt(context, serverPlace(context, made.major));
  return server.ok && isMade(server.value?.record);
}

function forgetFiles(context: ResourceContext, place: SnapshotAbout["place"]): Result<void> {
  removeUnfinished(summaryPath(context, place));
  rmSync(summaryPath(context, place), { force: true });
  removeEmptied(summaryPath(context, place));
  if (place.kind === "database") return ok();
  const path = dumpPath(context, place);
  if (!path.ok) return path;
  removeUnfinished(path.value);
  rmSync(path.value, { force: true });
  removeEmptied(path.value);
  return ok();
}

function copyTo(
  spec: PostgresSpec,
  context: ResourceContext,
  { place, at }: SnapshotAbout,
  folder: string,
): Result<string> {
  if (place.kind !== "dump") {
    const message = `A snapshot of ${spec.name} that is a database cannot be copied to a folder`;
    const hint = `apt-get install postgresql-client-${spec.version}: then snapshots are files`;
    return failed({ code: "resource-failed", message, hint });
  }
  const path = dumpPath(context, place);
  if (!path.ok || !existsSync(path.value)) return unknownSnapshot(place, context);
  const moment = new Date(at).toISOString().replaceAll(/[:.]/g, "-");
  const target = join(
    folder,
    `${context.project}-${context.environment}-${spec.name}-${moment}-${basename(path.value)}`,
  );
  const fresh = beginFile(target);
  try {
    copyFileSync(path.value, fresh, constants.COPYFILE_FICLONE);
    finishFile(fresh, target);
    return ok(target);
  } finally {
    rmSync(fresh, { force: true });
  }
}
