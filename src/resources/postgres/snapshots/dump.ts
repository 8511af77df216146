import { existsSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ok, type Result } from "../../../errors/result.ts";
import type { SnapshotAbout } from "../../../records/resource.ts";
import type { Taken } from "../../resource.ts";
import { type Client, withClient } from "../client/connect.ts";
import { databaseBytes, openDatabase, replaceDatabase, serverVersion } from "../database/database.ts";
import { asSuperuser } from "../server/server.ts";
import { type At, roleLogin } from "./at.ts";
import { beginFile, dumpPath, dumpPlace, finishFile, summaryPath, unknownSnapshot, whoseDump } from "./files.ts";
import { runProgram, socketTarget, type Target } from "./programs.ts";
import { summarise, writeSummary } from "./summary.ts";

/** Snapshots that are files of `pg_dump -Fc`: the environment is served meanwhile. */

/** Saves a database, with what was in it at the same moment. */
export async function takeDump(at: At, bin: string, name: string): Promise<Result<Taken>> {
  const login = roleLogin(at, at.made.database);
  const place = dumpPlace(at.made.role, name);
  return await withClient(login, async (client) => {
    const bytes = await databaseBytes(client, at.made.database);
    return await dumpTo(client, bytes, { bin, place, target: socketTarget(login) }, at.context);
  });
}

export interface Dump {
  /** The folder of `pg_dump`. */
  readonly bin: string;
  readonly place: SnapshotAbout["place"];
  readonly target: Target;
}

/** The same for whatever database the client is in. @throws the server's or the system's error. */
export async function dumpTo(
  client: Client,
  bytes: number,
  { bin, place, target }: Dump,
  context: At["context"],
): Promise<Result<Taken>> {
  const path = dumpPath(context, place);
  if (!path.ok) return path;
  const version = await serverVersion(client);
  await client.query("begin isolation level repeatable read read only");
  const exported = await client.query<{ id: string }>("select pg_export_snapshot() as id");
  const fresh = beginFile(path.value);
  try {
    const args = ["--format=custom", `--snapshot=${exported.rows[0]?.id}`, `--file=${fresh}`];
    const dumped = await runProgram(join(bin, "pg_dump"), args, target, {
      signal: context.signal,
      fills: dirname(fresh),
    });
    if (!dumped.ok) return dumped;
    const summary = await summarise(client, bytes);
    await client.query("commit");
    writeSummary(summaryPath(context, place), summary);
    finishFile(fresh, path.value);
    return ok({ kind: "postgres", bytes: statSync(path.value).size, place, version });
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Fills a new database, that nobody else uses, with what a dump has; it belongs to the environment's role. */
export async function fillFromDump(
  at: At,
  bin: string,
  place: SnapshotAbout["place"],
  database: string,
): Promise<Result<void>> {
  const path = dumpPath(at.context, place);
  if (!path.ok) return path;
  if (!existsSync(path.value)) return unknownSnapshot(place, at.context);
  await asSuperuser(at.server, "postgres", async (client) => {
    await replaceDatabase(client, database, at.made.role);
    await openDatabase(client, database);
  });
  // Rights of another environment's role are not for this one.
  const rights = whoseDump(place) === whoseDump(dumpPlace(at.made.role, "any")) ? [] : ["--no-acl"];
  const args = ["--exit-on-error", "--no-owner", ...rights, path.value];
  return await runProgram(join(bin, "pg_restore"), args, socketTarget(roleLogin(at, database)), {
    signal: at.context.signal,
    fills: at.server.record.home,
  });
}
