import { existsSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { namedPackages } from "./named-packages.ts";
import { lockedForProduction } from "./npm-lock.ts";
import { type PackageFile, readPackageFile } from "./package-file.ts";

/** Installed packages that a project needs when it runs; all paths relative to it. */
export interface ProductionPackages {
  /** Their real folders, and what leads to one that lies elsewhere. */
  readonly folders: ReadonlySet<string>;
  /** Those of them that bring packages along. */
  readonly bundles: ReadonlySet<string>;
  /** Names of their programs. */
  readonly programs: ReadonlySet<string>;
}

/** Why it cannot be told what a project needs. */
export interface Doubt {
  readonly because: string;
}

/**
 * What Node would find of the packages that some of a project's own packages, and what they need, name as dependencies: looked up
 * as Node does it, in the tree as it was installed, whichever package manager did that. What npm's lock file marks as needed in
 * production is needed, too, and so is what commands that are run there name.
 *
 * @param root The project's real path.
 * @param owners Folders with a package.json of the project's own; "" is the project itself.
 */
export function productionPackages(
  root: string,
  owners: readonly string[],
  commands: readonly string[],
): ProductionPackages | Doubt {
  const search = new Search(root);
  for (const owner of owners) {
    const file = readPackageFile(join(root, owner));
    const path = join(owner, "package.json");
    // Whoever has no packages of its own may be a template of something.
    const isInstalled = existsSync(join(root, owner, "node_modules"));
    if (isInstalled && file === undefined) return { because: `${path} cannot be understood` };
    const missing = file?.dependencies.find((name) => search.find(owner, name) === undefined);
    if (isInstalled && missing !== undefined) return { because: `${missing}, which ${path} names, is not installed` };
    if (file === undefined) continue;
    search.take(owner, file);
    const named = namedPackages(root, file, commands, (name) => search.find(owner, name));
    for (const folder of named) search.takeFolder(folder);
  }
  for (const folder of owners.includes("") ? lockedForProduction(root) : []) search.takeFolder(folder);
  return search;
}

class Search implements ProductionPackages {
  readonly folders = new Set<string>();
  readonly bundles = new Set<string>();
  readonly programs = new Set<string>();
  readonly #root: string;
  readonly #found = new Map<string, string | undefined>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Everything that a package needs, as far as it is installed. */
  take(from: string, { dependencies, others }: PackageFile): void {
    // Not by recursion: chains of packages can be longer than the stack.
    const open = [...dependencies, ...others].map((name) => [from, name] as const);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const folder = this.find(...next);
      const file = folder === undefined ? undefined : this.#add(folder);
      if (folder !== undefined && file !== undefined)
        for (const name of [...file.dependencies, ...file.others]) open.push([folder, name]);
    }
  }

  /** A package by its folder. */
  takeFolder(folder: string): void {
    const file = existsSync(join(this.#root, folder)) ? this.#add(folder) : undefined;
    if (file !== undefined) this.take(folder, file);
  }

  /** The real folder of the package that a name means to a package; of one outside of the project, the link to it. */
  find(from: string, name: string): string | undefined {
    const folders = from === "" ? [] : from.split("/");
    for (let depth = folders.length; depth >= 0; depth -= 1) {
      if (folders[depth - 1] === "node_modules") continue;
      const found = this.#look([...folders.slice(0, depth), "node_modules", name].join("/"));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Its package.json, when it was not there before. */
  #add(folder: string): PackageFile | undefined {
    if (this.folders.has(folder)) return undefined;
    this.folders.add(folder);
    const file = readPackageFile(join(this.#root, folder));
    for (const program of file?.programs ?? []) this.programs.add(program);
    if (file?.isBundle) this.bundles.add(folder);
    return file;
  }

  #look(path: string): string | undefined {
    if (!this.#found.has(path)) this.#found.set(path, realFolder(this.#root, path));
    return this.#found.get(path);
  }
}

/** Where a path really leads, relative to the project; itself when that is elsewhere; `undefined` when it leads nowhere. */
export function realFolder(root: string, path: string): string | undefined {
  try {
    const real = realpathSync.native(join(root, path));
    return real.startsWith(root + sep) ? real.slice(root.length + 1) : path;
  } catch {
    return undefined;
  }
}
