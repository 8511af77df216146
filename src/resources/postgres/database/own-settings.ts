import type { Client } from "../client/connect.ts";

/**
 * Settings that begin with a session: `alter role … set`, `alter database … set`. Tidegate makes none. Somebody may have made them by hand,
 * and a migration may have made them, since the role may do that for itself and for its database.
 */
interface OwnSettings {
  /** Absent: of every role. */
  readonly role: string | null;
  /** Absent: in every database. */
  readonly database: string | null;
  readonly names: readonly string[];
}

/** Which settings the role and the database have, in sentences; of values nothing. @throws the server's error. */
export async function ownSettings(client: Client, database: string, role: string): Promise<readonly string[]> {
  const found = await read(client, database, role);
  return found.map((one) => `${subjectOf(one)} settings of its own: ${one.names.join(", ")}`);
}

/** Takes them all back. Sessions that there are keep what they have. @throws the server's error. */
export async function resetOwnSettings(client: Client, database: string, role: string): Promise<void> {
  for (const one of await read(client, database, role)) await client.query(`alter ${targetOf(client, one)} reset all`);
}

function subjectOf({ role, database }: OwnSettings): string {
  if (role === null) return `The database ${database} has`;
  return database === null ? `The role ${role} has` : `The role ${role} has in the database ${database}`;
}

function targetOf(client: Client, { role, database }: OwnSettings): string {
  const [who, where] = [role, database].map((name) => client.escapeIdentifier(name ?? ""));
  if (role === null) return `database ${where}`;
  return database === null ? `role ${who}` : `role ${who} in database ${where}`;
}

/** Of the role anywhere, and of anybody in the database. */
async function read(client: Client, database: string, role: string): Promise<readonly OwnSettings[]> {
  const found = await client.query<OwnSettings>(
    `select r.rolname::text as role, d.datname::text as database,
       array(select split_part(one, '=', 1) from unnest(s.setconfig) one order by one collate "C") as names
     from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
     where r.rolname = $1 or d.datname = $2 order by 1 nulls first, 2 nulls first`,
    [role, database],
  );
  return found.rows;
}
