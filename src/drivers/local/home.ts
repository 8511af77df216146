import { createHash, randomBytes } from "node:crypto";
import { realpath as realpathOf, realpathSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeFolder } from "../../files/make-folder.ts";

/** Instances and jobs are kept apart: they may have the same ids. */
export type Kind = "instances" | "jobs";

/** One instance or job. */
export interface ProcessName {
  readonly kind: Kind;
  readonly environment: string;
  readonly id: string;
}

/** Where the driver keeps what it knows. */
export interface Home {
  /** The real path, so that one folder has one name. */
  readonly folder: string;
}

/** Not the one of `node:fs/promises`: that one spells a path otherwise where letters' case does not count. */
const realpath = promisify(realpathOf);

/** @throws the system's error when the folder cannot be made; give it to `fileFailure`. */
export function makeHome(stateFolder: string): Home {
  makeFolder(stateFolder);
  return { folder: realpathSync(stateFolder) };
}

/** The folder if it is there; changes nothing. */
export function findHome(stateFolder: string): Home | undefined {
  try {
    return { folder: realpathSync(stateFolder) };
  } catch {
    return undefined;
  }
}

/** The same while the process goes on with other things. */
export async function findHomeAsync(stateFolder: string): Promise<Home | undefined> {
  return realpath(stateFolder).then(
    (folder) => ({ folder }),
    () => undefined,
  );
}

/** Where the instances or jobs of an environment are. */
export function environmentFolder(home: Home, kind: Kind, environment: string): string {
  return join(home.folder, kind, environment);
}

/** Where the record and the log of an instance or job are. */
export function processFolder(home: Home, kind: Kind, environment: string, id: string): string {
  return join(environmentFolder(home, kind, environment), id);
}

/** The newest log of a process, in its folder. */
export const outputName = "output.log";

/** A value that no other start has; its first part is the same for everything started from this home. */
export function newNonce(home: Home): string {
  return `${scopeOf(home)}-${randomBytes(12).toString("hex")}`;
}

/** Not a name that the rooms above give to processes. */
export const markName = "TIDEGATE_PROCESS";

/** The environment entry by which the processes of one start are found. */
export function markOf(kind: Kind, environment: string, id: string, nonce: string): { name: string; value: string } {
  return { name: markName, value: `${kind}/${environment}/${id}/${nonce}` };
}

/** How the marks of everything begin that was ever started under this id, from this home or the one of `nonce`. */
export function marksBegin(home: Home, { kind, environment, id }: ProcessName, nonce?: string): string {
  const scope = nonce?.split("-")[0] ?? scopeOf(home);
  return `${markName}=${kind}/${environment}/${id}/${scope}-`;
}

/** Two projects may have environments and instances of the same names on one machine. */
export function scopeOf(home: Home): string {
  return createHash("sha256").update(home.folder).digest("hex").slice(0, 16);
}
