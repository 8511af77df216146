import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { ResourceHost } from "../resource.ts";

/** Where a project's server of one major version lives, and who runs it. */
export interface Home {
  readonly major: string;
  /** Absolute; holds `data/`, `server.log` and maybe `programs/`. */
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  /** What is known of the server: its port. In the state folder. */
  readonly record: string;
  /** PostgreSQL refuses to run as root; absent: it runs as whoever runs Tidegate. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Kept between starts. `port`: on the loopback; another one when that is taken by somebody else. */
export interface ServerRecord {
  readonly v: 1;
  readonly port: number;
  readonly folder: string;
}

/**
 * As root the server runs as a user without rights, who cannot look into a state folder of root's: its files lie below
 * `/var/lib/tidegate` then, private to that user, in a folder that is named after the state's.
 */
export function homeOf(host: Pick<ResourceHost, "folder">, major: string): Home {
  const name = `postgres-${major}`;
  const record = join(host.folder, `${name}.json`);
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const digest = createHash("sha256").update(host.folder).digest("hex").slice(0, 16);
  const folder = user === undefined ? join(host.folder, name) : join("/var/lib/tidegate", `${name}-${digest}`);
  return { major, folder, data: join(folder, "data"), log: join(folder, "server.log"), record, ...(user && { user }) };
}

/** Makes the folders, each as private as it can be. @throws the system's error. */
export function makeHome({ folder, data, user }: Home): void {
  if (user === undefined) return void mkdirSync(data, { recursive: true, mode: 0o700 });
  mkdirSync("/var/lib/tidegate", { recursive: true, mode: 0o711 });
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  if (!existsSync(data)) mkdirSync(data, { mode: 0o700 });
  chownSync(data, user.uid, user.gid);
}

/** `undefined`: no server of the project's was ever made. @throws when what is there is no record. */
export function readServerRecord({ record }: Pick<Home, "record">): ServerRecord | undefined {
  const text = readTextIfThere(record);
  return text === undefined ? undefined : (JSON.parse(text) as ServerRecord);
}

export function writeServerRecord({ record, folder }: Home, port: number): void {
  const kept: ServerRecord = { v: 1, port, folder };
  writeFileAtomic(record, JSON.stringify(kept), 0o600);
}

/** The user that packages of PostgreSQL make; else one that has no rights at all. */
function unprivilegedUser(): NonNullable<Home["user"]> {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith("postgres:"));
  const [, , uid, gid] = (line ?? "nobody:x:65534:65534").split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
