import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { syncFolder } from "../../../files/sync-folder.ts";
import type { SnapshotAbout } from "../../../records/resource.ts";
import type { ResourceContext, ResourceHost } from "../../resource.ts";

type Place = SnapshotAbout["place"];

/** The place of a dump: `<whose>/<name>.dump` below the snapshots. */
export function dumpPlace(whose: string, name: string): Place {
  return { kind: "dump", name: `${safe(whose)}/${safe(name)}.dump` };
}

/** Where the dump of a place is. A name that leads out of the folder is none of ours. */
export function dumpPath(context: ResourceContext, place: Place): Result<string> {
  if (
    place.kind === "dump" &&
    /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+\.dump$/.test(place.name) &&
    !/(^|\/)\.\.?\//.test(place.name)
  )
    return ok(join(context.snapshots, place.name));
  return unknownSnapshot(place, context);
}

/** Whose dump it is, as it was given to `dumpPlace`. */
export function whoseDump(place: Place): string {
  return dirname(place.name);
}

/** Where it is written down what was in a snapshot when it was taken. */
export function summaryPath(host: ResourceHost, place: Place): string {
  return join(host.snapshots, `${place.kind === "dump" ? place.name : `databases/${safe(place.name)}`}.json`);
}

export function unknownSnapshot(place: Place, { environment }: Pick<ResourceContext, "environment">): Result<never> {
  const message = `The snapshot ${place.name} is not there`;
  return failed({ code: "unknown-snapshot", message, hint: `tidegate env snapshots ${environment}` });
}

/**
 * A new file beside the one that it becomes; what killed ones left beside it is removed. A program that was left running
 * writes to a file without a name then, and not into this one.
 *
 * @throws the system's error.
 */
export function beginFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  removeUnfinished(path);
  const fresh = `${path}.${process.pid}-${process.hrtime.bigint().toString(36)}.tmp`;
  closeSync(openSync(fresh, "wx", 0o600));
  return fresh;
}

/** Makes it the file, once it is surely on the disk. @throws the system's error. */
export function finishFile(fresh: string, path: string): void {
  const file = openSync(fresh, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
}

/** Removes what was begun for a file and not finished. @throws the system's error. */
export function removeUnfinished(path: string): void {
  const start = `${basename(path)}.`;
  const names = readNames(dirname(path)).filter((name) => name.startsWith(start) && name.endsWith(".tmp"));
  for (const name of names) rmSync(join(dirname(path), name), { force: true });
}

/** Removes the folder that a file was in, when it was the last one there. */
export function removeEmptied(path: string): void {
  try {
    rmdirSync(dirname(path));
  } catch {
    // Others are in it, or it is gone already.
  }
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Names come from people's environments and from callers. */
function safe(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, "-").replace(/^\.+/, "-");
}
