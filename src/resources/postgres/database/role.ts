import type { Secret } from "../../../secrets/secret.ts";
import type { Client } from "../client/connect.ts";
import { isVerifierOf, scramVerifier } from "../client/scram.ts";

interface RoleRow {
  readonly rolcanlogin: boolean;
  readonly rolinherit: boolean;
  readonly rolsuper: boolean;
  readonly rolcreatedb: boolean;
  readonly rolcreaterole: boolean;
  readonly rolreplication: boolean;
  readonly rolbypassrls: boolean;
  readonly rolconnlimit: number;
  readonly expires: boolean;
  readonly rolpassword: string | null;
  /** Roles that it is a member of. */
  readonly groups: readonly string[];
  /** Roles that may act as it. */
  readonly members: readonly string[];
}

/** Rights that the role of an environment never has, and how the deviation is told. */
const rights = {
  rolsuper: "is a superuser",
  rolcreatedb: "may create databases",
  rolcreaterole: "may create roles",
  rolreplication: "may replicate",
  rolbypassrls: "bypasses row-level security",
} as const;

const attributes = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit connection limit -1";

/** What of a role is not as it was made, in sentences; [] when all is well. @throws the server's error. */
export async function roleDeviations(client: Client, role: string, password: Secret): Promise<readonly string[]> {
  const row = await read(client, role);
  if (row === undefined) return [`The role ${role} is gone`];
  const extra = Object.entries(rights).filter(([key]) => row[key as keyof typeof rights]);
  return [
    ...(row.rolcanlogin ? [] : [`The role ${role} may not log in`]),
    ...(row.rolinherit ? [] : [`The role ${role} does not inherit`]),
    ...(row.expires ? [`The password of ${role} expires`] : []),
    ...(row.rolconnlimit === -1 ? [] : [`The role ${role} may have ${row.rolconnlimit} connections at most`]),
    ...extra.map(([, words]) => `The role ${role} ${words}`),
    ...row.groups.map((group) => `The role ${role} is a member of ${group}`),
    ...row.members.map((member) => `The role ${member} may act as ${role}`),
    ...(isVerifierOf(row.rolpassword, password) ? [] : [`The role ${role} has a different password`]),
  ];
}

/** Makes the role, or what was altered of it right. What is right costs a look. @throws the server's error. */
export async function mendRole(client: Client, role: string, password: Secret): Promise<void> {
  const quoted = client.escapeIdentifier(role);
  const before = await read(client, role);
  if (before === undefined) await client.query(`create role ${quoted} nologin`);
  else if ((await roleDeviations(client, role, password)).length === 0) return;
  for (const group of before?.groups ?? [])
    await client.query(`revoke ${client.escapeIdentifier(group)} from ${quoted} cascade`);
  for (const member of before?.members ?? [])
    await client.query(`revoke ${quoted} from ${client.escapeIdentifier(member)} cascade`);
  // A statement cannot have parameters here; it has what the password is checked with, never the password.
  const verifier = client.escapeLiteral(scramVerifier(password));
  await client.query(`alter role ${quoted} ${attributes} valid until 'infinity' password ${verifier}`);
}

async function read(client: Client, role: string): Promise<RoleRow | undefined> {
  const found = await client.query<RoleRow>(
    `select r.rolcanlogin, r.rolinherit, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls, r.rolconnlimit,
       r.rolpassword, coalesce(isfinite(r.rolvaliduntil), false) as expires,
       array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
             where m.member = r.oid order by g.rolname collate "C") as groups,
       array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.member
             where m.roleid = r.oid order by g.rolname collate "C") as members
     from pg_authid r where r.rolname = $1`,
    [role],
  );
  return found.rows[0];
}
