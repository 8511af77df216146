import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import type { ResourceHost } from "../../resource.ts";
import { guardServer, type Where } from "../client/failures.ts";
import { snapshotOwner } from "../database/owners.ts";
import { isMade } from "./bring-up.ts";
import { superuser } from "./initialise.ts";
import { forgetServer, readServer, serverPlace } from "./record.ts";
import { asSuperuser, lockAlone, type Server, serverAt } from "./server.ts";
import { runningPid, stopServer } from "./start.ts";

/**
 * Ends and removes a server when nothing is on it any more: no database and no role but its own. One that somebody uses
 * just now stays, and goes with the next call.
 */
export async function removeUnused(host: ResourceHost, major: string, where: Where): Promise<Result<void>> {
  const place = serverPlace(host, major);
  return await guardDisk(async () => {
    const record = readServer(place);
    if (!record.ok) return record;
    if (record.value === undefined) return ok();
    const lock = lockAlone(place);
    if (lock === undefined) return ok();
    try {
      const server = serverAt(host, place);
      if (!server.ok) return server;
      if (server.value === undefined) return ok();
      const unused = await guardServer(where, async () => ok(await isUnused(server.value as Server)));
      if (!unused.ok) return unused;
      return unused.value ? await remove(server.value) : ok();
    } finally {
      lock.release();
    }
  });
}

/**
 * Data that is half removed must not look like data, and the record goes last: with it, whoever comes after a kill finds
 * what is left.
 */
async function remove({ place, record }: Server): Promise<Result<void>> {
  const stopped = await stopServer(record);
  if (!stopped.ok) return stopped;
  if (isMade(record)) renameSync(join(record.home, "data"), join(record.home, "data.removed.tmp"));
  rmSync(record.home, { recursive: true, force: true, maxRetries: 5 });
  forgetServer(place);
  return ok();
}

async function isUnused(server: Server): Promise<boolean> {
  if (!isMade(server.record)) return true;
  // Whoever removed it before was killed between its end and its data's.
  if (runningPid(join(server.record.home, "data")) === undefined) return false;
  const found = await asSuperuser(server, "postgres", (client) =>
    client.query(
      `select datname::text as name from pg_database where datname <> all ($1::text[])
       union all select rolname::text from pg_roles where rolname <> all ($2::text[]) and rolname !~ '^pg_'`,
      [
        ["postgres", "template0", "template1"],
        [superuser, snapshotOwner],
      ],
    ),
  );
  return found.rows.length === 0;
}
