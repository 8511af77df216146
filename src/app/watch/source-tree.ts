import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";

/** What to look at. Paths are relative to the tree's root, with slashes; "" is the root. */
export interface TreeFilter {
  isSource(path: string): boolean;
  mayHold(folder: string): boolean;
}

export interface TreeListener {
  /** A folder is about to be read for the first time, or there is another one under its path. */
  entered(folder: string): void;
  left(folder: string): void;
}

interface Folder {
  readonly inode: number;
  /** How the sources in it looked, by name. */
  readonly files: Map<string, string>;
  readonly folders: Set<string>;
}

/**
 * Remembers how the sources looked, to tell what has changed from what was only mentioned. A file's looks are its
 * times, size, inode and mode: content is not read.
 */
export class SourceTree {
  readonly #root: string;
  readonly #listener: TreeListener;
  readonly #folders = new Map<string, Folder>();
  #filter: TreeFilter;

  /** Empty until `look("")`. */
  constructor(root: string, filter: TreeFilter, listener: TreeListener) {
    this.#root = realpathSync.native(root);
    this.#filter = filter;
    this.#listener = listener;
  }

  get folders(): number {
    return this.#folders.size;
  }

  get files(): number {
    return [...this.#folders.values()].reduce((sum, { files }) => sum + files.size, 0);
  }

  /** From now on other files are sources; looks at everything again. */
  retarget(filter: TreeFilter): void {
    this.#filter = filter;
    this.look("");
  }

  /** Looks at a file or folder again; returns the sources there that were changed, added or removed. */
  look(path: string): string[] {
    const changed = new Set<string>();
    this.#look(path, changed, []);
    return [...changed];
  }

  #look(path: string, changed: Set<string>, linked: readonly string[]): void {
    const stat = statOf(join(this.#root, path));
    if (stat?.isDirectory() && this.#filter.mayHold(path) && this.#mayEnter(path, linked)) {
      this.#file(path, undefined, changed);
      this.#folder(path, stat.ino, changed, linked);
    } else {
      this.#forget(path, changed);
      this.#file(path, stat, changed);
    }
  }

  #folder(path: string, inode: number, changed: Set<string>, linked: readonly string[]): void {
    const known = this.#folders.get(path);
    const folder =
      known?.inode === inode
        ? known
        : { inode, files: known?.files ?? new Map(), folders: known?.folders ?? new Set() };
    if (folder !== known) this.#enter(path, folder);
    const left = new Set([...folder.files.keys(), ...folder.folders]);
    for (const entry of entriesOf(join(this.#root, path))) {
      left.delete(entry.name);
      const child = below(path, entry.name);
      if (entry.isSymbolicLink()) this.#look(child, changed, [...linked, this.#real(path)]);
      else if (!entry.isDirectory() || folder.folders.has(entry.name) || this.#filter.mayHold(child)) {
        this.#look(child, changed, linked);
      }
    }
    for (const name of left) this.#look(below(path, name), changed, linked);
  }

  #enter(path: string, folder: Folder): void {
    if (this.#folders.has(path)) this.#listener.left(path);
    this.#folders.set(path, folder);
    if (path !== "") this.#folders.get(parentOf(path))?.folders.add(nameOf(path));
    this.#listener.entered(path);
  }

  #file(path: string, stat: Stats | undefined, changed: Set<string>): void {
    const files = this.#folders.get(parentOf(path))?.files;
    if (files === undefined || path === "") return;
    const name = nameOf(path);
    const looks = stat !== undefined && this.#filter.isSource(path) ? looksOf(stat) : undefined;
    if (files.get(name) === looks) return;
    if (looks === undefined) files.delete(name);
    else files.set(name, looks);
    changed.add(path);
  }

  #forget(path: string, changed: Set<string>): void {
    const folder = this.#folders.get(path);
    if (folder === undefined) return;
    for (const name of folder.files.keys()) changed.add(below(path, name));
    for (const name of folder.folders) this.#forget(below(path, name), changed);
    this.#folders.delete(path);
    this.#folders.get(parentOf(path))?.folders.delete(nameOf(path));
    this.#listener.left(path);
  }

  /** Links are followed like the walk for inputs does: as long as they stay in the project and lead in no circle. */
  #mayEnter(path: string, linked: readonly string[]): boolean {
    if (linked.length === 0) return true;
    const real = this.#real(path);
    const isInside = real === this.#root || real.startsWith(`${this.#root}/`);
    const isCircle = `${this.#real(parentOf(path))}/`.startsWith(`${real}/`) || linked.slice(0, -1).includes(real);
    return isInside && !isCircle && linked.length < mostLinks;
  }

  #real(path: string): string {
    try {
      return realpathSync.native(join(this.#root, path));
    } catch {
      return "";
    }
  }
}

/** Links through links, on one path. */
const mostLinks = 8;

function looksOf({ mtimeMs, ctimeMs, size, ino, mode }: Stats): string {
  return `${mtimeMs}:${ctimeMs}:${size}:${ino}:${mode}`;
}

/** Of what a link leads to; of the link itself where it leads nowhere. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? lstatIfThere(file);
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "" : parent;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
