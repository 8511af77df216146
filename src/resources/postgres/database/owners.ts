import type { Client } from "../client/connect.ts";

/** Who owns what is in databases of snapshots: nobody can log in as it, and no environment's role is kept by it. */
export const snapshotOwner = "tidegate_snapshots";

/** @throws the server's error. */
export async function ensureSnapshotOwner(client: Client): Promise<void> {
  const found = await client.query("select 1 from pg_roles where rolname = $1", [snapshotOwner]);
  if (found.rows.length === 0) await client.query(`create role ${client.escapeIdentifier(snapshotOwner)} nologin`);
}

/**
 * Gives all that a role owns in the database of this connection to another role, and takes the rights away that it had
 * there. Databases that it owns stay its own: PostgreSQL would give them away as well.
 *
 * @throws the server's error; nothing has changed then.
 */
export async function handOver(client: Client, from: string, to: string): Promise<void> {
  if (from === to) return;
  const [giver, taker] = [from, to].map((role) => client.escapeIdentifier(role));
  await client.query("begin");
  const owned = await client.query<{ name: string }>(
    "select datname::text as name from pg_database where datdba = (select oid from pg_roles where rolname = $1)",
    [from],
  );
  await client.query(`reassign owned by ${giver} to ${taker}`);
  for (const { name } of owned.rows)
    await client.query(`alter database ${client.escapeIdentifier(name)} owner to ${giver}`);
  await client.query(`drop owned by ${giver}`);
  await client.query("commit");
}
