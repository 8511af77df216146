import { readdirSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { asNewFile } from "../files/as-new-file.ts";
import { lstatIfThere } from "../files/lstat-if-there.ts";
import { makeFolder } from "../files/make-folder.ts";
import { readIfThere } from "../files/read-if-there.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";

/**
 * Backups are SQLite Archives (https://sqlite.org/sqlar.html), uncompressed: one file that says of itself whether it is
 * whole, and that `sqlite3 -A` can look into. A table `tidegate` besides says what it is a backup of.
 */
export interface ArchiveInfo {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A file for an archive: where it is, and its name in there. */
export interface ArchiveFile {
  readonly path: string;
  readonly name: string;
}

const formatVersion = 1;
/** What SQLite takes as one value, unless it was built otherwise. */
const largestFile = 1_000_000_000;

/** Every regular file below a folder; [] when it is not there. Links are left out: they lead elsewhere. */
export function filesBelow(folder: string, name: string): ArchiveFile[] {
  const stat = lstatIfThere(folder);
  if (stat?.isFile()) return [{ path: folder, name }];
  if (!stat?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path,
      name: `${name}/${path
        .slice(folder.length + 1)
        .split(sep)
        .join("/")}`,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Writes the archive, private to the user, whole or not at all. Files that vanish meanwhile are left out. Fails as
 * `asNewFile` does, and with `backup-damaged` when a file is too large for a backup. `onFile` hears how many are done.
 */
export function writeArchive(
  to: string,
  info: ArchiveInfo,
  files: readonly ArchiveFile[],
  onFile: (done: number) => void,
): Promise<Result<{ readonly files: number; readonly bytes: number }>> {
  return asNewFile(to, (beside) => fill(beside, info, files, onFile));
}

function fill(
  path: string,
  info: ArchiveInfo,
  files: readonly ArchiveFile[],
  onFile: (done: number) => void,
): Result<{ readonly files: number; readonly bytes: number }> {
  const database = new DatabaseSync(path);
  let bytes = 0;
  let count = 0;
  try {
    database.exec("PRAGMA journal_mode=OFF; CREATE TABLE tidegate (v INT, id TEXT, name TEXT, at INT)");
    database.exec("CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB); BEGIN");
    database.prepare("INSERT INTO tidegate VALUES (?, ?, ?, ?)").run(formatVersion, info.id, info.name, info.at);
    const insert = database.prepare("INSERT INTO sqlar VALUES (?, ?, ?, ?, ?)");
    for (const [index, { path, name }] of files.entries()) {
      const stat = lstatIfThere(path);
      if (stat !== undefined && stat.size > largestFile) return failed(tooLarge(path));
      const data = stat === undefined ? undefined : readIfThere(path);
      if (stat !== undefined && data !== undefined) {
        insert.run(name, stat.mode, Math.floor(stat.mtimeMs / 1000), data.length, data);
        bytes += data.length;
        count += 1;
      }
      onFile(index + 1);
    }
    database.exec("COMMIT");
    return ok({ files: count, bytes });
  } finally {
    database.close();
  }
}

/** Unpacks into a folder of its own, which is made. Fails with `backup-damaged` when the archive is not one, or not whole. */
export function readArchive(from: string, to: string, onFile: (done: number, of: number) => void): Result<ArchiveInfo> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(from, { readOnly: true });
    const damage = Object.values(database.prepare("PRAGMA integrity_check(1)").get() ?? {})[0];
    if (damage !== "ok") return failed(damaged(from, String(damage)));
    const info = database.prepare("SELECT v, id, name, at FROM tidegate").get();
    if (Number(info?.v) !== formatVersion) return failed(newer(from));
    const of = Number(database.prepare("SELECT count(*) AS n FROM sqlar").get()?.n);
    let done = 0;
    for (const { name, mode, sz, data } of database.prepare("SELECT name, mode, sz, data FROM sqlar").iterate()) {
      const bytes = data as Uint8Array;
      if (!isInside(String(name)) || bytes.length !== Number(sz))
        return failed(damaged(from, `${name} is incomplete.`));
      const path = join(to, String(name));
      makeFolder(dirname(path));
      writeFileAtomic(path, bytes, Number(mode) & 0o700);
      done += 1;
      onFile(done, of);
    }
    return ok({ id: String(info?.id), name: String(info?.name), at: Number(info?.at) });
  } catch (error) {
    if (!/not a database|malformed|no such table|unable to open/.test((error as Error).message)) throw error;
    return failed(damaged(from, (error as Error).message));
  } finally {
    database?.close();
  }
}

/** Nothing that leads out of the folder. */
function isInside(name: string): boolean {
  return (
    name !== "" && name.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0"))
  );
}

function tooLarge(path: string): Failure {
  return {
    code: "backup-too-large",
    message: `${path} is larger than a backup can hold (1 GB)`,
    hint: "Leave out the data of services and back it up separately: tidegate state backup <file> --no-data",
  };
}

function damaged(path: string, cause: string): Failure {
  return { code: "backup-damaged", message: `${path} is not a complete backup`, cause, hint: "Take another backup." };
}

function newer(path: string): Failure {
  return {
    code: "state-newer",
    message: `${path} was written by a newer Tidegate`,
    hint: "Restore it with the Tidegate that wrote it, or a newer one.",
  };
}
