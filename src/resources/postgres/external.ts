import { failed, ok, type Result } from "../../errors/result.ts";
import { Secret } from "../../secrets/secret.ts";
import type { Depth, Made, Observed, Outputs, ResourceContext } from "../resource.ts";
import { type Client, type Patience, patienceFor, withUrl } from "./client/connect.ts";
import { guardServer, type Where } from "./client/failures.ts";
import { parseUrl, type UrlParts } from "./client/url.ts";
import { serverVersion } from "./database/database.ts";
import type { PostgresMade, PostgresSpec } from "./made.ts";

/** A database that somebody else looks after: it is used and looked at, never made, altered or removed. */

export type ExternalSpec = PostgresSpec & { readonly external: { readonly url: string } };

export function isExternal(spec: PostgresSpec): spec is ExternalSpec {
  return spec.external !== undefined;
}

/** Looks whether it answers, and is of the version that was asked for. */
export async function createExternal(spec: ExternalSpec, context: ResourceContext): Promise<Result<Made>> {
  const made: PostgresMade = { where: "external", secret: spec.external.url };
  const seen = await seeExternal(spec, context);
  if (!seen.ok) return seen;
  if (seen.value.major !== spec.version) return failed(otherVersion(spec, context, seen.value.version));
  const noted = await context.note(made);
  return noted.ok ? ok(made) : noted;
}

/** The parts of its URL. */
export function connectExternal(spec: ExternalSpec, context: ResourceContext): Result<Outputs> {
  const url = urlOf(spec, context);
  if (!url.ok) return url;
  const { host, port, user, password, database } = parseUrl(url.value.reveal()) as UrlParts;
  return ok({
    url: url.value,
    host,
    port: port || "5432",
    user,
    password: new Secret(password),
    database: database || user,
  });
}

export async function observeExternal(
  spec: ExternalSpec,
  context: ResourceContext,
  depth: Depth,
): Promise<Result<Observed>> {
  const key = spec.external.url;
  // Who does not look whole need not have the secrets; for who does, that they are not there is a failure.
  if (depth !== "whole" && !context.secrets.has(key))
    return ok({ state: "unseen", because: `its URL, the secret ${key}, is not available` });
  const see = depth === "glance" ? glanceExternal : seeExternal;
  const seen = await see(spec, context, patienceFor(depth));
  if (!seen.ok) return seen;
  const { version, major, ...size } = seen.value;
  const deviations =
    major === spec.version ? [] : [`The server is PostgreSQL ${version}, but the definition says ${spec.version}`];
  const unchecked = ["Roles and rights: this database is managed elsewhere"];
  return ok({
    ...{ state: "there", version, ...size, deviations, unchecked },
    ...(depth === "glance" && { leftOut: ["its size"] }),
  });
}

interface Seen {
  readonly version: string;
  readonly major: string;
}

/** What answers there now, and how much it keeps. */
export function seeExternal(
  spec: ExternalSpec,
  context: ResourceContext,
  patience: Patience = {},
): Promise<Result<Seen & { readonly bytes: number }>> {
  return askExternal(spec, context, patience, async (client) => ({
    ...(await seen(client)),
    bytes: await ownBytes(client),
  }));
}

function glanceExternal(spec: ExternalSpec, context: ResourceContext, patience: Patience): Promise<Result<Seen>> {
  return askExternal(spec, context, patience, seen);
}

async function askExternal<T>(
  spec: ExternalSpec,
  context: ResourceContext,
  patience: Patience,
  ask: (client: Client) => Promise<T>,
): Promise<Result<T>> {
  const url = urlOf(spec, context);
  if (!url.ok) return url;
  const where = externalWhere(spec, context);
  return await guardServer(where, async () => ok(await withUrl(url.value, ask, patience)));
}

async function seen(client: Client): Promise<Seen> {
  const version = await serverVersion(client);
  return { version, major: version.split(".")[0] ?? "" };
}

async function ownBytes(client: Client): Promise<number> {
  const size = await client.query<{ bytes: string }>("select pg_database_size(current_database())::text as bytes");
  return Number(size.rows[0]?.bytes ?? 0);
}

/** For failures. */
export function externalWhere(spec: ExternalSpec, { environment }: Pick<ResourceContext, "environment">): Where {
  const what = `The external database ${spec.name} of ${environment}`;
  return { what, hint: externalHint(spec, { environment }) };
}

/** Whatever is wrong with it, Tidegate neither makes nor restores it. */
export function externalHint({ external }: ExternalSpec, { environment }: { readonly environment: string }): string {
  return `Check the server, and the secret: tidegate secrets set ${external.url} --env ${environment}`;
}

/** Its URL, from the secrets of the environment; one that cannot be read is never shown. */
export function urlOf(spec: ExternalSpec, context: ResourceContext): Result<Secret> {
  const { what, hint } = externalWhere(spec, context);
  const url = context.secrets.get(spec.external.url);
  if (url === undefined) {
    const message = `${what} has no URL: the secret ${spec.external.url} has no value`;
    return failed({ code: "secret-missing", message, hint });
  }
  if (parseUrl(url.reveal()) !== undefined) return ok(url);
  const message = `The secret ${spec.external.url} is not the URL of a PostgreSQL database`;
  return failed({ code: "secret-invalid", message, hint: `postgres://user:password@host:5432/database\n${hint}` });
}

function otherVersion(spec: ExternalSpec, context: ResourceContext, version: string) {
  return {
    code: "resource-version",
    message: `${externalWhere(spec, context).what} is PostgreSQL ${version}, but the definition says ${spec.version}`,
    hint: `Set version: "${version.split(".")[0]}" in the definition, or give it the URL of another server: tidegate secrets set ${spec.external.url} --env ${context.environment}`,
  } as const;
}
