import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";

const magic = Buffer.from("SQLite format 3\0");
/** Files beside a database that belong to it; a copy of the database as of one moment needs none of them. */
const sides = ["-wal", "-shm", "-journal"];
/** How long a writer may keep the database to itself. */
const busyMs = 10_000;
/** All of it in one step: it is as of one moment, and writers need not stop for that in WAL mode. */
const allPages = 0x7fffffff;

/** Whether a file begins as SQLite's do. */
export async function isDatabase(path: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return bytesRead === magic.length && buffer.equals(magic);
  } finally {
    await file?.close();
  }
}

/** Of the names in a folder, those that belong to a database there. */
export async function sidesOf(folder: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  const known = new Set(names);
  const found = new Set<string>();
  for (const name of names) {
    const side = sides.find((ending) => name.endsWith(ending));
    const owner = side && name.slice(0, -side.length);
    if (owner === undefined || !known.has(owner)) continue;
    if (await isDatabase(join(folder, owner)).catch(() => false)) found.add(name);
  }
  return found;
}

/** Copies a database as of one moment, also while programs write to it. false: it is none, whatever it begins with. */
export async function copyDatabase(source: string, target: string): Promise<boolean> {
  const database = openSource(source);
  if (database === undefined) return false;
  try {
    await backup(database, target, { rate: allPages });
    return true;
  } catch (error) {
    await rm(target, { force: true });
    if (isDamage(error)) return false;
    throw error;
  } finally {
    database.close();
  }
}

/** What is wrong with a database; `undefined`: nothing, or it is none. */
export function databaseProblem(path: string): string | undefined {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const [row] = database.prepare("pragma quick_check(1)").all() as { readonly quick_check?: unknown }[];
    return row?.quick_check === "ok" ? undefined : String(row?.quick_check);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    database.close();
  }
}

function openSource(path: string): DatabaseSync | undefined {
  try {
    return new DatabaseSync(path, { timeout: busyMs });
  } catch {
    return undefined;
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && /not a database|malformed|encrypted/.test(error.message);
}
