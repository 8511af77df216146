import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../errors/failure.ts";
import { matches, type Pattern } from "../graph/patterns/pattern.ts";
import * as refuse from "./collect-failures.ts";
import { isNeverReleased, prefixes } from "./entry-problem.ts";
import { type FileRequest, isExcluded, mayBeBelow } from "./file-request.ts";
import { releaseLink } from "./release-link.ts";

/** Something of the project that goes into the release. */
export type Collected =
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "folder"; readonly path: string };

export interface Collection {
  readonly found: ReadonlyMap<string, Collected>;
  readonly failures: readonly Failure[];
}

/**
 * Finds what the services ask for. Links are taken as links and never followed; folders appear only when they are empty.
 *
 * @param root The project's real path.
 * @throws the system's error when a folder cannot be read.
 */
export function collect(root: string, requests: readonly FileRequest[]): Collection {
  const collector = new Collector(root);
  for (const request of requests) for (const pattern of request.included) collector.take(request, pattern);
  return collector;
}

class Collector implements Collection {
  readonly found = new Map<string, Collected>();
  readonly failures: Failure[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  take(request: FileRequest, pattern: Pattern): void {
    const link = this.#linkOnTheWay(pattern.base);
    if (link !== undefined) {
      this.failures.push(refuse.throughLink(request.service, pattern.text, link, releaseLink(this.#root, link)));
      return;
    }
    const before = this.failures.length;
    const taken = this.#visit(request, pattern, pattern.base);
    if (taken === 0 && this.failures.length === before)
      this.failures.push(refuse.nothingMatches(request.service, pattern.text, this.#isThere(pattern.base)));
  }

  /** How much was taken at the path and below. */
  #visit(request: FileRequest, pattern: Pattern, path: string): number {
    const stat = this.#look(path);
    if (isHidden(path) || isExcluded(request, path)) return 0;
    if (stat === undefined) return this.#lost(pattern, path);
    if (stat.isDirectory()) return this.#visitFolder(request, pattern, path);
    const isMeant = pattern.kind === "folder" ? path !== pattern.base || stat.isSymbolicLink() : matches(pattern, path);
    return isMeant ? this.#add(request, path, stat) : 0;
  }

  #visitFolder(request: FileRequest, pattern: Pattern, path: string): number {
    if (!mayBeBelow(pattern, path)) return 0;
    const names = readdirSync(join(this.#root, path)).sort();
    if (names.length === 0 && pattern.kind !== "glob") {
      this.found.set(path, { kind: "folder", path });
      return 1;
    }
    const children = names.map((name) => (path === "" ? name : `${path}/${name}`));
    return children.reduce((taken, child) => taken + this.#visit(request, pattern, child), 0);
  }

  #add(request: FileRequest, path: string, stat: Stats): number {
    if (stat.isFile()) {
      // Of the nine bits only the owner's "may be executed" means anything on another machine.
      this.found.set(path, { kind: "file", path, executable: (stat.mode & 0o100) !== 0 });
      return 1;
    }
    if (!stat.isSymbolicLink()) return this.#refuse(refuse.noFile(request.service, path));
    const target = releaseLink(this.#root, path);
    if (target === undefined) return this.#refuse(refuse.linkOutside(request.service, path));
    this.found.set(path, { kind: "link", path, target });
    return 1;
  }

  /** What was listed a moment ago must be there; a name that is not UTF-8 cannot be asked for. */
  #lost(pattern: Pattern, path: string): number {
    return path !== pattern.base && matches(pattern, path) ? this.#refuse(refuse.vanished(path)) : 0;
  }

  #refuse(failure: Failure): number {
    this.failures.push(failure);
    return 0;
  }

  /** The first folder above the path that is a link. */
  #linkOnTheWay(path: string): string | undefined {
    const above = prefixes(path).slice(0, -1);
    return above.find((folder) => this.#look(folder)?.isSymbolicLink());
  }

  #look(path: string): Stats | undefined {
    return lstatSync(join(this.#root, path), { throwIfNoEntry: false });
  }

  #isThere(path: string): boolean {
    return this.#look(path) !== undefined;
  }
}

function isHidden(path: string): boolean {
  return path.split("/").some(isNeverReleased);
}
