import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** What detection looks at: the names at the top of a repository, and small files. */
export interface Repository {
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

export function readRepository(folder: string): Repository {
  const read = (path: string) => {
    const stat = lstatSync(join(folder, path), { throwIfNoEntry: false });
    return stat?.isFile() && stat.size <= biggestRead ? readFileSync(join(folder, path), "utf8") : "";
  };
  return {
    name: basename(folder),
    entries: readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() || (entry.isDirectory() && holdsFile(join(folder, entry.name))))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort(),
    has: (path) => existsSync(join(folder, path)),
    read,
    readJson: (path) => asObject(read(path)),
    below: (path) => readRepository(join(folder, path)),
  };
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
  const entries = readdirSync(folder, { withFileTypes: true });
  return (
    entries.some((entry) => entry.isFile()) ||
    entries.some((entry) => entry.isDirectory() && holdsFile(join(folder, entry.name)))
  );
}
