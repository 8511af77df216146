import { failed, ok, type Result } from "../../errors/result.ts";
import { Secret } from "../../secrets/secret.ts";
import type { Made, Observed, Outputs, ResourceContext } from "../resource.ts";
import { withUrl } from "./client/connect.ts";
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

export async function observeExternal(spec: ExternalSpec, context: ResourceContext): Promise<Result<Observed>> {
  const seen = await seeExternal(spec, context);
  if (!seen.ok) return seen;
  const { version, major, bytes } = seen.value;
  const deviations =
    major === spec.version ? [] : [`The server is PostgreSQL ${version}; the definition says ${spec.version}`];
  const unchecked = ["Roles and rights: somebody else looks after this database"];
  return ok({ state: "there", version, bytes, deviations, unchecked });
}

interface Seen {
  readonly version: string;
  readonly major: string;
  readonly bytes: number;
}

/** What answers there now. */
export async function seeExternal(spec: ExternalSpec, context: ResourceContext): Promise<Result<Seen>> {
  const url = urlOf(spec, context);
  if (!url.ok) return url;
  return await guardServer(externalWhere(spec, context), () =>
    withUrl(url.value, async (client) => {
      const version = await serverVersion(client);
      const size = await client.query<{ bytes: string }>("select pg_database_size(current_database())::text as bytes");
      return ok({ version, major: version.split(".")[0] ?? "", bytes: Number(size.rows[0]?.bytes ?? 0) });
    }),
  );
}

/** For failures. */
export function externalWhere(spec: ExternalSpec, context: ResourceContext): Where {
  const hint = `Look at the server, and at the secret: tidegate secrets set ${spec.external.url} --env ${context.environment}`;
  return { what: `The external database ${spec.name} of ${context.environment}`, hint };
}

/** Its URL, from the secrets of the environment; one that cannot be read is never shown. */
export function urlOf(spec: ExternalSpec, context: ResourceContext): Result<Secret> {
  const { what, hint } = externalWhere(spec, context);
  const url = context.secrets.get(spec.external.url);
  if (url === undefined) {
    const message = `${what} has no URL: the secret ${spec.external.url} is not there`;
    return failed({ code: "resource-failed", message, hint });
  }
  if (parseUrl(url.reveal()) !== undefined) return ok(url);
  const message = `The secret ${spec.external.url} is not the URL of a PostgreSQL database`;
  return failed({ code: "resource-failed", message, hint: `postgres://user:password@host:5432/database\n${hint}` });
}

function otherVersion(spec: ExternalSpec, context: ResourceContext, version: string) {
  return {
    code: "resource-version",
    message: `${externalWhere(spec, context).what} is PostgreSQL ${version}; the definition says ${spec.version}`,
    hint: `Say version: "${version.split(".")[0]}" in the definition, or give it the URL of another server: tidegate secrets set ${spec.external.url} --env ${context.environment}`,
  } as const;
}
