import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { Secret } from "../../secrets/secret.ts";
import { goneFailure } from "../gone.ts";
import type { Depth, Made, Observed, Outputs, ResourceContext } from "../resource.ts";
import { type Client, patienceFor } from "./client/connect.ts";
import { guardServer, type Where } from "./client/failures.ts";
import {
  databaseBytes,
  databaseDeviations,
  dropDatabase,
  mendDatabase,
  openDatabase,
  readDatabase,
  serverVersion,
} from "./database/database.ts";
import { ownSettings, resetOwnSettings } from "./database/own-settings.ts";
import { mendRole, roleDeviations } from "./database/role.ts";
import type { LocalMade, PostgresSpec } from "./made.ts";
import { besides, databaseName } from "./names.ts";
import { isMade } from "./server/bring-up.ts";
import { serverPlace } from "./server/record.ts";
import { removeUnused } from "./server/remove.ts";
import { asSuperuser, type Server, serverAt, withServer } from "./server/server.ts";
import { lookAt } from "./server/start.ts";

/** A database and a role of a server that the project has for itself. */

/** For failures. */
export function whereOf(spec: PostgresSpec, context: ResourceContext): Where {
  return {
    what: `The database ${spec.name} of ${context.environment}`,
    hint: `tidegate env create ${context.environment}`,
  };
}

/** Always the same, so that it is kept nowhere. */
export function passwordOf(spec: PostgresSpec, context: ResourceContext): Secret {
  return context.derive(`postgres ${context.environment} ${spec.name}`);
}

/** @see ResourceProvider.create */
export async function createLocal(
  spec: PostgresSpec,
  context: ResourceContext,
  from: readonly string[],
  known?: LocalMade,
): Promise<Result<Made>> {
  if (known !== undefined && known.major !== spec.version) return failed(otherVersion(spec, context, known));
  const made = known ?? namesFor(spec, context);
  const noted = await context.note(made);
  if (!noted.ok) return noted;
  const where = whereOf(spec, context);
  const mayMake = context.wasWhole !== true;
  const server = serverAt(context, serverPlace(context, made.major));
  if (!server.ok) return server;
  if (!mayMake && !isMade(server.value?.record)) return failed(isGone(spec, context));
  const needs = { from, say: context.say, signal: context.signal, mayMake };
  return await withServer(context, made.major, where, needs, async (server) => {
    const there = await asSuperuser(server, "postgres", (client) => readDatabase(client, made.database));
    if (there === undefined && !mayMake) return failed(isGone(spec, context));
    await asSuperuser(server, "postgres", async (client) => {
      await mendRole(client, made.role, passwordOf(spec, context));
      // What a restore left that was killed: the database itself is one or the other, whole. A rehearsal may go on just now.
      for (const left of leftovers(made)) await dropDatabase(client, left);
      await mendDatabase(client, made.database, made.role);
    });
    return ok(withoutLeftovers(made));
  });
}

/** Made anew it would be empty, and who uses it would take that for the truth. */
export function isGone(spec: PostgresSpec, context: ResourceContext): Failure {
  return goneFailure(whereOf(spec, context).what, { environment: context.environment, name: spec.name });
}

function namesFor(spec: PostgresSpec, context: ResourceContext): LocalMade {
  const own = databaseName(["tg", context.project, context.environment, spec.name]);
  return { where: "local", major: spec.version, database: own, role: own };
}

/** Databases that are there only while a restore goes on. */
function leftovers({ restoring }: LocalMade): readonly string[] {
  return restoring === undefined ? [] : [restoring.fresh, restoring.old];
}

/** What stays in the ledger when nothing goes on. */
function withoutLeftovers({ where, major, database, role }: LocalMade): LocalMade {
  return { where, major, database, role };
}

/** @see ResourceProvider.connect */
export async function connectLocal(
  spec: PostgresSpec,
  context: ResourceContext,
  from: readonly string[],
  made: LocalMade,
): Promise<Result<Outputs>> {
  const where = whereOf(spec, context);
  const needs = { from, say: context.say, signal: context.signal, mayMake: false };
  return await withServer(context, made.major, where, needs, async (server) => {
    const row = await asSuperuser(server, "postgres", (client) => opened(client, made.database));
    if (row === undefined) return failed(isGone(spec, context));
    return ok(outputs(server, made, passwordOf(spec, context)));
  });
}

/** @see ResourceProvider.recall */
export function recallLocal(spec: PostgresSpec, context: ResourceContext, made: LocalMade): Promise<Result<Outputs>> {
  return guardDisk(() => {
    const server = serverAt(context, serverPlace(context, made.major));
    if (!server.ok) return server;
    return ok(server.value === undefined ? {} : outputs(server.value, made, passwordOf(spec, context)));
  });
}

/** A snapshot or restore that was killed has left it closed. */
async function opened(client: Client, database: string) {
  const row = await readDatabase(client, database);
  if (row?.isOpen === false) await openDatabase(client, database);
  return row;
}

function outputs(server: Server, made: LocalMade, password: Secret): Outputs {
  const [user, port] = [made.role, String(server.record.port)];
  const url = `postgres://${encodeURIComponent(user)}:${password.reveal()}@127.0.0.1:${port}/${encodeURIComponent(made.database)}`;
  return { url: new Secret(url), host: "127.0.0.1", port, user, password, database: made.database };
}

/** @see ResourceProvider.observe */
export async function observeLocal(
  spec: PostgresSpec,
  context: ResourceContext,
  made: LocalMade,
  depth: Depth,
): Promise<Result<Observed>> {
  const where = whereOf(spec, context);
  return await guardDisk(async () => {
    const server = serverAt(context, serverPlace(context, made.major));
    if (!server.ok) return server;
    const { value } = server;
    if (value === undefined || !isMade(value.record)) return ok({ state: "absent" });
    const resting = await restOf(value);
    if (resting !== undefined) return ok(atRest(spec, resting.version));
    return await guardServer(where, async () => ok(await look(spec, context, value, made, depth)));
  });
}

/** What is known of a server that was put to rest, and that nobody has started since. */
async function restOf({ record, login }: Server): Promise<{ readonly version: string } | undefined> {
  return record.rests !== undefined && (await lookAt(record, login.password)).state === "down"
    ? record.rests
    : undefined;
}

function atRest({ version: wanted }: PostgresSpec, version: string): Observed {
  const isOther = version.split(".")[0] !== wanted;
  const resting =
    "its server is stopped because nothing that uses it is running; it starts again with whatever uses it next";
  return {
    state: "there",
    version,
    deviations: isOther ? [`The server is PostgreSQL ${version}, but the definition says ${wanted}`] : [],
    unchecked: [resting],
    leftOut: [resting],
  };
}

async function look(
  spec: PostgresSpec,
  context: ResourceContext,
  server: Server,
  made: LocalMade,
  depth: Depth,
): Promise<Observed> {
  const login = { ...server.login, ...patienceFor(depth) };
  return await asSuperuser({ ...server, login }, "postgres", async (client) => {
    const version = await serverVersion(client);
    if ((await readDatabase(client, made.database)) === undefined) return { state: "absent" };
    // All of it answers from tables of the server itself, in the time of a question; its size has to be walked.
    const database = await databaseDeviations(client, made.database, made.role);
    const role = await roleDeviations(client, made.role, passwordOf(spec, context));
    const major = version.split(".")[0];
    const versions =
      major === spec.version ? [] : [`The server is PostgreSQL ${version}, but the definition says ${spec.version}`];
    const settings = await ownSettings(client, made.database, made.role);
    const deviations = [...versions, ...database, ...role];
    const seen = { state: "there", version, deviations, settings, unchecked: [] } as const;
    if (depth === "glance") return { ...seen, leftOut: ["its size"] };
    const isThere = (await readDatabase(client, made.database)) !== undefined;
    return { ...seen, ...(isThere && { bytes: await databaseBytes(client, made.database) }) };
  });
}

/** @see ResourceProvider.reset */
export async function resetLocal(
  spec: PostgresSpec,
  context: ResourceContext,
  from: readonly string[],
  made: LocalMade,
): Promise<Result<void>> {
  const needs = { from, say: context.say, signal: context.signal, mayMake: false };
  return await withServer(context, made.major, whereOf(spec, context), needs, async (server) => {
    await asSuperuser(server, "postgres", (client) => resetOwnSettings(client, made.database, made.role));
    return ok();
  });
}

/** @see ResourceProvider.destroy */
export async function destroyLocal(
  spec: PostgresSpec,
  context: ResourceContext,
  from: readonly string[],
  made: LocalMade,
): Promise<Result<void>> {
  const server = serverAt(context, serverPlace(context, made.major));
  if (!server.ok) return server;
  if (isMade(server.value?.record)) {
    const needs = { from, say: context.say, signal: context.signal, mayMake: false };
    const removed = await withServer(context, made.major, whereOf(spec, context), needs, async (running) => {
      await asSuperuser(running, "postgres", async (client) => {
        for (const database of [...leftovers(made), besides(made.database, "try"), made.database])
          await dropDatabase(client, database);
        await client.query(`drop role if exists ${client.escapeIdentifier(made.role)}`);
      });
      return ok();
    });
    if (!removed.ok) return removed;
  }
  return await removeUnused(context, made.major, whereOf(spec, context));
}

function otherVersion(spec: PostgresSpec, context: ResourceContext, made: LocalMade) {
  return {
    code: "resource-version",
    message: `The database ${spec.name} of ${context.environment} is a PostgreSQL ${made.major} database, but the definition says ${spec.version}`,
    cause: "A different major version cannot read its files: the data has to be migrated.",
    hint: `Set version: "${made.major}" in the definition again; or migrate the data: copy it out with pg_dump (destroying also removes its snapshots), then tidegate env destroy ${context.environment} --yes and tidegate env create ${context.environment}, then pg_restore it`,
  } as const;
}
