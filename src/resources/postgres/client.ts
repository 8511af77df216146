import pg from "pg";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Secret } from "../../secrets/secret.ts";

/** How somebody gets in. */
export interface Access {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
  /** As a URL says it (`sslmode`); absent: none, on the loopback. */
  readonly ssl?: boolean | { readonly rejectUnauthorized: boolean };
}

type Row = Readonly<Record<string, unknown>>;

const connectMs = 10_000;

/** Does the work with a connection of its own, and closes it. What the server refuses is a failure. */
export async function connected<T>(
  access: Access,
  work: (client: pg.Client) => Promise<Result<T>>,
): Promise<Result<T>> {
  const client = new pg.Client({
    host: access.host,
    port: access.port,
    user: access.user,
    password: access.password.reveal(),
    database: access.database,
    ssl: access.ssl ?? false,
    application_name: "tidegate",
    connectionTimeoutMillis: connectMs,
  });
  // The connection may be ended from outside at any moment; the statement under way says so.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    return failed(failureOf(error, access));
  } finally {
    await client.end().catch(() => {});
  }
}

/** The rows that a statement gives. */
export function ask(
  access: Access,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Result<readonly Row[]>> {
  return connected(access, async (client) => ok((await client.query(statement, [...values])).rows as Row[]));
}

/** Whether the server lets in whoever that is. */
export async function canReach(access: Access): Promise<boolean> {
  return (await ask(access, "select 1")).ok;
}

/** Errors of the connection, not of a statement: class 08, 57P01 to 57P03, 53300; and what the system says. */
const unreachableCodes = /^(08.{3}|57P0[123]|53300|E[A-Z_]+)$/;

/** The server's own words, which quote no value of a statement: those stand in `detail` and `where`. */
function failureOf(error: unknown, { host, port, database }: Access) {
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  const isAway = unreachableCodes.test(code) || /timeout|terminated|ended unexpectedly/i.test(message);
  const where = `${database} at ${host}:${port}`;
  if (isAway || code === "") {
    return {
      code: "resource-unreachable",
      message: `The database ${where} cannot be reached`,
      cause: message,
    } as const;
  }
  return {
    code: "resource-failed",
    message: `The database ${where} refused a statement (${code})`,
    cause: message,
  } as const;
}

/** `"name"`, whatever is in it. */
export function identifier(name: string): string {
  return pg.escapeIdentifier(name);
}

/** `'text'`, whatever is in it. */
export function literal(text: string): string {
  return pg.escapeLiteral(text);
}

/** Where a URL leads; `undefined` when it is none. `postgres://user:password@host:5432/database?sslmode=require`. */
export function accessOf(url: Secret, hide: (text: string) => Secret): Access | undefined {
  if (!URL.canParse(url.reveal())) return undefined;
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url.reveal());
  if (protocol !== "postgres:" && protocol !== "postgresql:") return undefined;
  const mode = searchParams.get("sslmode") ?? "disable";
  const ssl = mode === "disable" ? false : { rejectUnauthorized: mode.startsWith("verify") };
  return {
    host: hostname,
    port: port === "" ? 5432 : Number(port),
    user: decodeURIComponent(username),
    password: hide(decodeURIComponent(password)),
    database: decodeURIComponent(pathname.slice(1)),
    ssl,
  };
}
