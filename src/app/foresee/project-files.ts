import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../files/is-record.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";

/** What of a package.json says how its commands run. */
export interface PackageFile {
  readonly main?: unknown;
  readonly scripts: Readonly<Record<string, string>>;
  /** Names of what it depends on, of whatever kind. */
  readonly dependencies: ReadonlySet<string>;
  /** Of those, what is there in production. */
  readonly production: ReadonlySet<string>;
}

/** What larger files say is no configuration. */
const biggestRead = 2_000_000;
const biggestLock = 50_000_000;
const mostNames = 3_000;

/** The files of a project, each looked at once. Paths are relative to it, "" is its folder. Changes nothing. */
export class ProjectFiles {
  readonly folder: string;
  readonly #packages = new Map<string, PackageFile | undefined>();
  readonly #files = new Map<string, boolean>();
  readonly #names = new Map<string, readonly string[]>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Also behind a link. */
  isFile(path: string): boolean {
    return remembered(this.#files, path, () => this.#stat(path)?.isFile() ?? false);
  }

  isThere(path: string): boolean {
    return lstatIfThere(join(this.folder, path)) !== undefined;
  }

  isLink(path: string): boolean {
    return lstatIfThere(join(this.folder, path))?.isSymbolicLink() ?? false;
  }

  /** The first file in a folder, or below, that is meant. Looks at so many names and no more; installed packages are left out. */
  find(folder: string, isMeant: (path: string) => boolean): string | undefined {
    const queue = [folder];
    let left = mostNames;
    for (const at of queue) {
      for (const name of this.namesIn(at)) {
        const path = `${at}/${name}`;
        if (left-- === 0) return undefined;
        if (isMeant(path) && this.isFile(path)) return path;
        if (name !== "node_modules" && !name.includes(".") && !this.isLink(path)) queue.push(path);
      }
    }
    return undefined;
  }

  /** [] where there is no such folder. */
  namesIn(path: string): readonly string[] {
    return remembered(this.#names, path, () => {
      try {
        return readdirSync(join(this.folder, path));
      } catch {
        return [];
      }
    });
  }

  /** "" where there is no such file, or a very large one. */
  read(path: string): string {
    return this.#readBelow(path, biggestRead);
  }

  /** The same, of a file that is expected to be large. */
  readLarge(path: string): string {
    return this.#readBelow(path, biggestLock);
  }

  /** The package.json of a folder. */
  packageIn(path: string): PackageFile | undefined {
    return remembered(this.#packages, path, () =>
      parsePackage(this.read(path === "" ? "package.json" : `${path}/package.json`)),
    );
  }

  #readBelow(path: string, limit: number): string {
    const size = this.#stat(path)?.size ?? limit;
    return size < limit ? (readTextIfThere(join(this.folder, path), { forgive: "everything" }) ?? "") : "";
  }

  #stat(path: string) {
    try {
      return statSync(join(this.folder, path), { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }
}

function remembered<V>(known: Map<string, V>, key: string, look: () => V): V {
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found as V;
  const value = look();
  known.set(key, value);
  return value;
}

function parsePackage(text: string): PackageFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const scripts = Object.entries(isRecord(value.scripts) ? value.scripts : {});
    const production = [...namesOf(value.dependencies), ...namesOf(value.optionalDependencies)];
    return {
      main: value.main,
      scripts: Object.fromEntries(scripts.filter((one): one is [string, string] => typeof one[1] === "string")),
      dependencies: new Set([...production, ...namesOf(value.devDependencies), ...namesOf(value.peerDependencies)]),
      production: new Set(production),
    };
  } catch {
    return undefined;
  }
}

function namesOf(value: unknown): string[] {
  return isRecord(value) ? Object.keys(value) : [];
}
