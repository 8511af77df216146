import { type Dirent, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, sep } from "node:path";
import type { Looks } from "../files/looks.ts";
import { lstatIfThere } from "../files/lstat-if-there.ts";
import { isWithin, matches } from "../graph/patterns/pattern.ts";
import { asksFor, enters, type InputNode, inputTree, type Request } from "./input-tree.ts";

/** A file that a pattern asked for, as it was when the walk came by. */
export interface FoundFile {
  /** Relative to the project, with slashes. */
  readonly path: string;
  /** Of the content, behind a link too; `undefined` for a link to nothing or to a folder. */
  readonly stat: Stats | undefined;
  /** What it points to, as written in it, when it is a link. */
  readonly link?: string;
}

export interface WalkListener {
  found(request: Request, file: FoundFile): void;
  /** A link that leads out of the project, or something that cannot be read. */
  refused(request: Request, path: string, because: "outside" | "unreadable"): void;
  /** Every file and folder that what is found depends on, whether it is there or not. */
  readonly looks?: Looks | undefined;
}

/**
 * Finds the files of all requests in one synchronous walk. Links are followed as long as they stay in the project and
 * don't lead in circles; `.git` and `.tidegate` are never entered, nor is what `isLeftOut` names. Each file is told
 * once to each request that asks for it.
 */
export function walkInputs(
  projectFolder: string,
  requests: Iterable<Request>,
  isLeftOut: (path: string) => boolean,
  listener: WalkListener,
): void {
  const root = inputTree(requests);
  new Walk(realpathSync.native(projectFolder), isLeftOut, listener).folder("", root, root.below, []);
}

class Walk {
  readonly #root: string;
  readonly #isLeftOut: (path: string) => boolean;
  readonly #listener: WalkListener;

  constructor(root: string, isLeftOut: (path: string) => boolean, listener: WalkListener) {
    this.#root = root;
    this.#isLeftOut = isLeftOut;
    this.#listener = listener;
  }

  /** `linked`: the real paths of folders that were entered through links on the way here. */
  folder(path: string, node: InputNode | undefined, below: readonly Request[], linked: readonly string[]): void {
    if (below.length === 0) {
      for (const [name, child] of node?.children ?? []) this.#planned(childPath(path, name), name, child, linked);
      return;
    }
    for (const entry of this.#list(path, below)) {
      this.#entry(childPath(path, entry.name), entry, node?.children.get(entry.name), below, linked);
    }
  }

  #list(path: string, below: readonly Request[]): Dirent[] {
    this.#listener.looks?.add(path);
    try {
      return readdirSync(this.#absolute(path), { withFileTypes: true });
    } catch {
      for (const request of below) this.#listener.refused(request, path, "unreadable");
      return [];
    }
  }

  /** Something that is only looked at because its name was given. */
  #planned(path: string, name: string, node: InputNode, linked: readonly string[]): void {
    const stat = lstatIfThere(this.#absolute(path));
    if (stat === undefined) this.#listener.looks?.add(path);
    else this.#entry(path, Object.assign(stat, { name }), node, [], linked);
  }

  #entry(
    path: string,
    entry: Kind,
    node: InputNode | undefined,
    below: readonly Request[],
    linked: readonly string[],
  ): void {
    if (entry.name === ".git" || entry.name === ".tidegate" || this.#isLeftOut(path)) return;
    const here = node?.here ?? [];
    if (entry.isDirectory()) this.#enter(path, entry.name, node, below, linked);
    else if (entry.isSymbolicLink()) this.#link(path, entry.name, node, below, linked);
    else if (entry.isFile()) this.#file(path, [...here, ...below.filter((request) => asksFor(request, path))]);
  }

  #enter(
    path: string,
    name: string,
    node: InputNode | undefined,
    below: readonly Request[],
    linked: readonly string[],
  ): void {
    const further = below.filter((request) => enters(request, path, name));
    if (node !== undefined) further.push(...node.here, ...node.below);
    if (further.length > 0 || node !== undefined) this.folder(path, node, further, linked);
  }

  #file(path: string, askers: readonly Request[]): void {
    const wanted = askers.filter((request) => !isExcluded(request, path));
    if (wanted.length === 0) return;
    this.#listener.looks?.add(path);
    const stat = lstatIfThere(this.#absolute(path));
    for (const request of wanted) {
      if (stat?.isFile()) this.#listener.found(request, { path, stat });
      else if (stat !== undefined || isUndecodable(path)) this.#listener.refused(request, path, "unreadable");
    }
  }

  #link(
    path: string,
    name: string,
    node: InputNode | undefined,
    below: readonly Request[],
    linked: readonly string[],
  ): void {
    const further = below.filter((request) => enters(request, path, name));
    const askers = [...(node?.here ?? []), ...below.filter((request) => asksFor(request, path))];
    const wanted = askers.filter((request) => !isExcluded(request, path));
    this.#listener.looks?.add(path);
    this.#listener.looks?.addFollowed(path);
    const target = this.#follow(path);
    if (target.kind === "outside") {
      const reaching = target.isFolder ? new Set([...wanted, ...further, ...requestsOf(node)]) : wanted;
      for (const request of reaching) this.#listener.refused(request, path, "outside");
      return;
    }
    const file = { path, link: target.link, stat: target.kind === "file" ? target.stat : undefined };
    for (const request of wanted) this.#listener.found(request, file);
    if (target.kind === "folder" && !this.#wasEntered(path, target.real, linked))
      this.#enter(path, name, node, below, [...linked, target.real]);
  }

  #absolute(path: string): string {
    return `${this.#root}/${path}`;
  }

  #follow(path: string): LinkTarget {
    const file = this.#absolute(path);
    try {
      const link = readlinkSync(file);
      try {
        const real = realpathSync.native(file);
        const stat = statSync(real);
        const isInside = real === this.#root || real.startsWith(this.#root + sep);
        if (!isInside) return { kind: "outside", isFolder: stat.isDirectory() };
        if (this.#isHidden(real)) return { kind: "nothing", link };
        if (stat.isDirectory()) return { kind: "folder", link, real };
        return stat.isFile() ? { kind: "file", link, stat } : { kind: "nothing", link };
      } catch {
        return { kind: "nothing", link };
      }
    } catch {
      return { kind: "nothing", link: "" };
    }
  }

  /** Behind a link there may be an output, or a folder that is never entered. */
  #isHidden(real: string): boolean {
    const segments = real.slice(this.#root.length + 1).split(sep);
    if (segments.includes(".git") || segments.includes(".tidegate")) return true;
    return segments.some((_, position) => this.#isLeftOut(segments.slice(0, position + 1).join("/")));
  }

  /** A folder that contains the link to it, or was entered by an earlier link, would be walked for ever. */
  #wasEntered(path: string, real: string, linked: readonly string[]): boolean {
    return linked.includes(real) || isWithin(realpathSync.native(dirname(this.#absolute(path))), real);
  }
}

interface Kind {
  readonly name: string;
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

type LinkTarget =
  | { readonly kind: "outside"; readonly isFolder: boolean }
  | { readonly kind: "nothing"; readonly link: string }
  | { readonly kind: "file"; readonly link: string; readonly stat: Stats }
  | { readonly kind: "folder"; readonly link: string; readonly real: string };

function isExcluded(request: Request, path: string): boolean {
  return request.excluded.some((pattern) => matches(pattern, path));
}

/** A name that is not UTF-8 cannot be asked for again. */
function isUndecodable(path: string): boolean {
  return path.includes("\ufffd");
}

function* requestsOf(node: InputNode | undefined): Iterable<Request> {
  if (node === undefined) return;
  yield* node.here;
  yield* node.below;
  for (const child of node.children.values()) yield* requestsOf(child);
}

function childPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
