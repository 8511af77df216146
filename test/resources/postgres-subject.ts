import { globSync, readdirSync } from "node:fs";
import pg from "pg";
import type { TestContext } from "vitest";
import { withClient } from "../../src/resources/postgres/client/connect.ts";
import type { PostgresSpec } from "../../src/resources/postgres/made.ts";
import { postgresProvider } from "../../src/resources/postgres/provider.ts";
import { superPassword } from "../../src/resources/postgres/server/bring-up.ts";
import { readServer, serverPlace } from "../../src/resources/postgres/server/record.ts";
import { superLogin } from "../../src/resources/postgres/server/start.ts";
import type { Outputs, ResourceHost } from "../../src/resources/resource.ts";
import type { Secret } from "../../src/secrets/secret.ts";
import { unavailable } from "../support/require.ts";
import type { Subject } from "./conformance.ts";
import { got } from "./ledger.ts";

/** The newest PostgreSQL of Debian's packages here, which has pg_dump; `undefined`: none is installed. */
export const debianMajor: string | undefined = globSync("/usr/lib/postgresql/*/bin/initdb")
  .map((path) => path.split("/")[4] as string)
  .sort()
  .at(-1);

/** The major version of npm's, which has no pg_dump. */
export const npmMajor = "18";

/** Both that there are. */
export const majors = [...new Set([debianMajor ?? npmMajor, npmMajor])];

/** For a file of tests that do less without Debian's: says so, or fails where all have to run. */
export function requireDebians(context: TestContext): void {
  if (debianMajor === undefined) unavailable(context, "no PostgreSQL is installed: apt-get install postgresql");
}

/** A database of this major version, as the conformance suite wants it. */
export function postgresSubject(version: string): Subject<PostgresSpec> {
  return {
    provider: postgresProvider(),
    spec: postgresSpec(version),
    put: async (outputs, text) => {
      await query(outputs, "create table if not exists kept (text text)");
      await query(outputs, "truncate kept");
      await query(outputs, "insert into kept values ($1)", [text]);
    },
    get: async (outputs) => {
      const there = await query(outputs, "select to_regclass('kept') is not null as there");
      if (there[0]?.there !== true) return undefined;
      return (await query(outputs, "select text from kept"))[0]?.text as string | undefined;
    },
    alter: (host, outputs) =>
      asSuper(host, version, `alter role ${pg.escapeIdentifier(String(outputs.user))} createdb password 'another'`),
    left: (host) => readdirSync(host.folder).filter((name) => !name.endsWith(".lock") && !name.startsWith("programs-")),
  };
}

export function postgresSpec(version: string): PostgresSpec {
  return { resource: "postgres", name: "db", version, backup: { keep: 5, maxAgeMs: 0 } };
}

/** A statement as a service would send it. */
export async function query(outputs: Outputs, text: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: (outputs.url as Secret).reveal() });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** A statement as the superuser. */
export async function asSuper(host: ResourceHost, version: string, text: string): Promise<void> {
  const record = got(readServer(serverPlace(host, version)))!;
  await withClient(superLogin(record, superPassword(host)), (client) => client.query(text));
}
