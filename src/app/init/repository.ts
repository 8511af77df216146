import { type Dirent, existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";

/** What detection looks at: the names at the top of a repository, and small files. */
export interface Repository {
  /** Where it is: absolute. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  /** Files and folders at the top, folders with a slash at the end, in code unit order. Empty folders are left out. */
  readonly entries: readonly string[];
  has(path: string): boolean;
  /** The text of a file; "" when there is none. */
  read(path: string): string;
  /** The object in a JSON file; `{}` when there is none or it is damaged. */
  readJson(path: string): Readonly<Record<string, unknown>>;
  /** The same of a folder in it. */
  below(path: string): Repository;
}

const biggestRead = 1_000_000;
/** What may not be read, or is gone meanwhile, holds nothing that could be looked at. */
const unreadable = ["ENOENT", "ENOTDIR", "EACCES", "EPERM"];

/** Looks at a folder; files are read when they are asked for. */
export function readRepository(folder: string): Repository {
  const read = (path: string) => {
    const stat = lstatIfThere(join(folder, path));
    if (!stat?.isFile() || stat.size > biggestRead) return "";
    return readTextIfThere(join(folder, path), { forgive: unreadable }) ?? "";
  };
  return {
    folder,
    name: basename(folder),
    entries: entriesIfReadable(folder)
      .filter((entry) => entry.isFile() || (entry.isDirectory() && holdsFile(join(folder, entry.name))))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort(),
    has: (path) => existsSync(join(folder, path)),
    read,
    readJson: (path) => asObject(read(path)),
    below: (path) => readRepository(join(folder, path)),
  };
}

function entriesIfReadable(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (unreadable.includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

function asObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

function holdsFile(folder: string): boolean {
  const entries = entriesIfReadable(folder);
  return (
    entries.some((entry) => entry.isFile()) ||
    entries.some((entry) => entry.isDirectory() && holdsFile(join(folder, entry.name)))
  );
}
