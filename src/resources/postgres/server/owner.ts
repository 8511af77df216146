import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";

/** Whom a server runs as; absent fields: whoever runs Tidegate. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** Where servers of root's projects keep their data: the user that they run as cannot pass root's private folders. */
const ofRoot = "/var/lib/tidegate/postgres";

/**
 * Whom the server runs as. PostgreSQL refuses root, so that for root it is the machine's user `postgres`. Never one that is
 * there for others, such as `nobody`: whatever else runs as that could read the data. `find`: looks a user up by its name.
 */
export function serverOwner(find: (name: string) => Owner | undefined = userOf): Result<Owner> {
  if (process.getuid?.() !== 0) return ok({});
  const found = find("postgres");
  return found === undefined ? failed(noUser) : ok(found);
}

const noUser = {
  code: "resource-failed",
  message: "PostgreSQL does not run as root, and this machine has no user postgres to run it",
  hint: "Create the user, then run the command again: useradd --system --user-group --no-create-home --shell /usr/sbin/nologin postgres",
} as const;

/**
 * The same for a server that there is. An earlier version has run it as `nobody` where there was no user `postgres`: what is
 * below its folder is given to that user then. Only while the server does not run.
 */
export function ownerOfServer(
  { uid, gid, home }: Owner & { readonly home: string },
  find: (name: string) => Owner | undefined = userOf,
): Result<Owner> {
  if (uid === undefined || gid === undefined) return ok({});
  if (find("nobody")?.uid !== uid) return ok({ uid, gid });
  const owner = serverOwner(find);
  if (owner.ok && owner.value.uid !== undefined) giveTo(home, owner.value as Required<Owner>);
  return owner;
}

function giveTo(folder: string, { uid, gid }: Required<Owner>): void {
  for (const path of [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  ])
    if (lstatSync(path).uid !== 0) lchownSync(path, uid, gid);
}

/**
 * The folder of a server: of its own, where its user can go. For root it is below /var/lib/tidegate/postgres, which others
 * may pass and not list; what is private is in `data`, which is the server's user's alone.
 */
export function homeOf(owner: Owner, folder: string): string {
  if (owner.uid === undefined) return folder;
  return join(ofRoot, createHash("sha256").update(folder).digest("hex").slice(0, 16));
}

/** The folder where copied programs are: for root it is shared by all projects. */
export function programsParent(owner: Owner, resources: string): string {
  return owner.uid === undefined ? resources : ofRoot;
}

/** Makes a folder that the server's user can pass. @throws the system's error. */
export function makePassable(owner: Owner, folder: string): void {
  if (owner.uid === undefined) return void mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of ["/var/lib/tidegate", ofRoot, folder]) {
    mkdirSync(path, { recursive: true, mode: 0o711 });
    // Whatever mask the process has.
    chmodSync(path, 0o711);
  }
}

function userOf(name: string): Owner | undefined {
  try {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] })),
    );
    return Number.isSafeInteger(uid) && uid !== 0 ? { uid: uid as number, gid: gid as number } : undefined;
  } catch {
    return undefined;
  }
}
