import type { Client } from "../client/connect.ts";
import { codeOf } from "../client/failures.ts";

/** Statements about whole databases. They are for a connection of the superuser to another database. */

interface DatabaseRow {
  readonly owner: string;
  readonly isOpen: boolean;
  /** How many may connect at once; -1: as many as the server takes. */
  readonly connections: number;
  /** Who may connect or use it besides its owner; "PUBLIC" is everybody. */
  readonly strangers: readonly string[];
}

/** How it is read; `undefined`: it is not there. @throws the server's error. */
export async function readDatabase(client: Client, name: string): Promise<DatabaseRow | undefined> {
  const found = await client.query<DatabaseRow>(
    `select pg_get_userbyid(d.datdba)::text as owner, d.datallowconn as "isOpen", d.datconnlimit as connections,
       array(select distinct case when a.grantee = 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end
             from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a where a.grantee <> d.datdba) as strangers
     from pg_database d where d.datname = $1`,
    [name],
  );
  return found.rows[0];
}

/** What of a database is not as it was made, in sentences; [] when all is well. @throws the server's error. */
export async function databaseDeviations(client: Client, name: string, owner: string): Promise<readonly string[]> {
  const row = await readDatabase(client, name);
  if (row === undefined) return [`The database ${name} is gone`];
  return [
    ...(row.owner === owner ? [] : [`The database ${name} belongs to ${row.owner}`]),
    ...(row.isOpen ? [] : [`The database ${name} takes no connections`]),
    ...(row.connections < 0 ? [] : [`The database ${name} takes ${row.connections} connections at most`]),
    ...row.strangers.map(
      (who) => `${who === "PUBLIC" ? "Every role" : `The role ${who}`} may connect to the database ${name}`,
    ),
  ];
}

/** Makes the database, or what was altered of it right. What is right costs a look. @throws the server's error. */
export async function mendDatabase(client: Client, name: string, owner: string): Promise<void> {
  const quoted = client.escapeIdentifier(name);
  if ((await readDatabase(client, name)) === undefined) await createClosed(client, name, owner);
  const row = await readDatabase(client, name);
  if (row === undefined) return;
  if (row.owner !== owner) await client.query(`alter database ${quoted} owner to ${client.escapeIdentifier(owner)}`);
  for (const who of row.strangers) {
    const grantee = who === "PUBLIC" ? "public" : client.escapeIdentifier(who);
    await client.query(`revoke all on database ${quoted} from ${grantee} cascade`);
  }
  if (row.connections >= 0) await client.query(`alter database ${quoted} connection limit -1`);
  if (!row.isOpen) await openDatabase(client, name);
}

/** A new, empty one that nobody gets into before its rights are right. */
async function createClosed(client: Client, name: string, owner: string): Promise<void> {
  const [quoted, role] = [name, owner].map((one) => client.escapeIdentifier(one));
  try {
    await client.query(`create database ${quoted} owner ${role} template template0 allow_connections false`);
  } catch (error) {
    // One that was killed had asked for it, and the server has finished it meanwhile.
    if (codeOf(error) !== "42P04" && codeOf(error) !== "23505") throw error;
  }
}

/**
 * A new database with nothing or with what the template has, closed; one of that name is replaced. The template must be
 * closed or unused. @throws the server's error.
 */
export async function replaceDatabase(
  client: Client,
  name: string,
  owner: string,
  template = "template0",
): Promise<void> {
  const [quoted, role, from] = [name, owner, template].map((one) => client.escapeIdentifier(one));
  for (let attempt = 1; ; attempt += 1) {
    await dropDatabase(client, name);
    try {
      await client.query(`create database ${quoted} owner ${role} template ${from} allow_connections false`);
      await client.query(`revoke all on database ${quoted} from public`);
      return;
    } catch (error) {
      // A server goes on with what somebody asked for who was killed: it was there only now.
      if (attempt === 5 || !["42P04", "23505"].includes(codeOf(error))) throw error;
    }
  }
}

/** What is gone already is a success. Sessions in it are ended. @throws the server's error. */
export async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
}

/** Nobody gets in any more, and who is in is thrown out. @throws the server's error. */
export async function closeDatabase(client: Client, name: string): Promise<void> {
  await client.query(`alter database ${client.escapeIdentifier(name)} allow_connections false`);
  // Until all have ended: a session that is on its way in is seen late.
  for (let attempt = 1; attempt <= 200; attempt += 1) {
    const left = await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
      [name],
    );
    if (left.rows.length === 0) return;
    await client.query("select pg_sleep(0.05)");
  }
}

/**
 * Calls `work` while nobody is in these databases. Somebody may let people in again meanwhile (whoever connects does): then
 * all of it is done once more. They are as closed afterwards as they were left. @throws the server's error.
 */
export async function whileClosed(client: Client, names: readonly string[], work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    for (const name of names) await closeDatabase(client, name);
    try {
      return await work();
    } catch (error) {
      // "is being accessed by other users"
      if (codeOf(error) !== "55006" || attempt === 5) throw error;
    }
  }
}

/** @throws the server's error. */
export async function openDatabase(client: Client, name: string): Promise<void> {
  await client.query(`alter database ${client.escapeIdentifier(name)} allow_connections true`);
}

/** Its size on the disk in bytes. @throws the server's error. */
export async function databaseBytes(client: Client, name: string): Promise<number> {
  const found = await client.query<{ bytes: string }>("select pg_database_size($1)::text as bytes", [name]);
  return Number(found.rows[0]?.bytes ?? 0);
}

/** "16.4" of "16.4 (Debian 16.4-1)". @throws the server's error. */
export async function serverVersion(client: Client): Promise<string> {
  const found = await client.query<{ version: string }>("select current_setting('server_version') as version");
  return (found.rows[0]?.version ?? "").split(" ")[0] ?? "";
}
