import { failed, ok, type Result } from "../../../errors/result.ts";
import type { SnapshotAbout } from "../../../records/resource.ts";
import type { Taken } from "../../resource.ts";
import { withClient } from "../client/connect.ts";
import {
  closeDatabase,
  databaseBytes,
  dropDatabase,
  openDatabase,
  readDatabase,
  replaceDatabase,
  serverVersion,
  whileClosed,
} from "../database/database.ts";
import { ensureSnapshotOwner, handOver, snapshotOwner } from "../database/owners.ts";
import { besides, databaseName } from "../names.ts";
import { superuser } from "../server/initialise.ts";
import { asSuperuser } from "../server/server.ts";
import { type At, roleLogin } from "./at.ts";
import { summaryPath, unknownSnapshot } from "./files.ts";
import { summarise, writeSummary } from "./summary.ts";

/**
 * Snapshots that are databases beside the environment's: where the machine has no `pg_dump`. A database can only be copied
 * while nobody is in it, so that the environment is cut off from it for a moment.
 */

/** Copies the database, and lets people in again whatever became of that. */
export async function takeCopy(at: At, name: string): Promise<Result<Taken>> {
  const { made, spec, context, server } = at;
  const place = { kind: "database", name: databaseName(["tgs", context.environment, spec.name, name]) } as const;
  const fresh = besides(place.name, "new");
  context.say(
    `${spec.name} of ${context.environment} is disconnected for a moment: this machine has no pg_dump ${made.major}, so it is copied while nobody is connected`,
  );
  return await asSuperuser(server, "postgres", async (client) => {
    await ensureSnapshotOwner(client);
    const [bytes, version] = [await databaseBytes(client, made.database), await serverVersion(client)];
    try {
      await whileClosed(client, [made.database], () => replaceDatabase(client, fresh, made.role, made.database));
    } finally {
      await openDatabase(client, made.database);
    }
    await openDatabase(client, fresh);
    const summary = await withClient(roleLogin(at, fresh), (inside) => summarise(inside, bytes));
    await giveAway(at, fresh);
    writeSummary(summaryPath(context, place), summary);
    await dropDatabase(client, place.name);
    await client.query(
      `alter database ${client.escapeIdentifier(fresh)} rename to ${client.escapeIdentifier(place.name)}`,
    );
    return ok({ kind: "postgres", bytes, place, version });
  });
}

/** Nothing in a snapshot belongs to the environment's role: it can be removed, and the snapshot stays. */
async function giveAway({ made, server }: At, database: string): Promise<void> {
  await asSuperuser(server, database, (inside) => handOver(inside, made.role, snapshotOwner));
  await asSuperuser(server, "postgres", async (client) => {
    await client.query(
      `alter database ${client.escapeIdentifier(database)} owner to ${client.escapeIdentifier(superuser)}`,
    );
    await closeDatabase(client, database);
  });
}

/** Fills a new database, that nobody else uses, with a copy; it belongs to the environment's role. */
export async function fillFromCopy(
  { made, server, context }: At,
  place: SnapshotAbout["place"],
  database: string,
): Promise<Result<void>> {
  if (!isSnapshotName(place.name)) return unknownSnapshot(place, context);
  const isThere = await asSuperuser(server, "postgres", async (client) => {
    if ((await readDatabase(client, place.name)) === undefined) return false;
    await replaceDatabase(client, database, made.role, place.name);
    await openDatabase(client, database);
    return true;
  });
  if (!isThere) return unknownSnapshot(place, context);
  await asSuperuser(server, database, (inside) => handOver(inside, snapshotOwner, made.role));
  return ok();
}

/** Removes a copy and what was begun of it. */
export async function dropCopy({ server }: At, place: SnapshotAbout["place"]): Promise<Result<void>> {
  if (!isSnapshotName(place.name))
    return failed({ code: "unknown-snapshot", message: `${place.name} is not a snapshot's database` });
  await asSuperuser(server, "postgres", async (client) => {
    await dropDatabase(client, besides(place.name, "new"));
    await dropDatabase(client, place.name);
  });
  return ok();
}

/** A record that was altered must not make us drop an environment's database. */
function isSnapshotName(name: string): boolean {
  return name.startsWith("tgs_");
}
