import { readdirSync, type Stats } from "node:fs";
import { join, posix } from "node:path";
import type { Failure } from "../errors/failure.ts";
import { lstatIfThere } from "../files/lstat-if-there.ts";
import { matches, type Pattern } from "../graph/patterns/pattern.ts";
import * as refuse from "./collect-failures.ts";
import { isNeverReleased, prefixes } from "./entry-problem.ts";
import { type FileRequest, isExcluded, mayBeBelow } from "./file-request.ts";
import { ModuleFiles } from "./modules/module-files.ts";
import { productionPackages } from "./modules/production-packages.ts";
import { releaseLink } from "./release-link.ts";

/** Something of the project that goes into the release. */
export type Collected =
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean; readonly stat: Stats }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "folder"; readonly path: string };

export interface Collection {
  readonly found: ReadonlyMap<string, Collected>;
  readonly failures: readonly Failure[];
  /** Folders and files of packages that only the development needs, which were asked for and not taken. */
  readonly development: ReadonlySet<string>;
  /** Why installed packages were all taken, though only those for production were asked for. */
  readonly doubts: ReadonlySet<string>;
}

/**
 * Finds what the services ask for. Links are taken as links and never followed; folders appear only when they are empty.
 *
 * @param root The project's real path.
 * @param outputs What the tasks of the pipeline write.
 * @throws the system's error when a folder cannot be read.
 */
export function collect(root: string, requests: readonly FileRequest[], outputs: readonly Pattern[]): Collection {
  const collector = new Collector(root, outputs);
  for (const request of requests) collector.take(request);
  return collector;
}

/** What one pattern of one service asks for. */
interface Asked {
  readonly request: FileRequest;
  readonly pattern: Pattern;
  /** Folders of installed packages, which are looked into when it is known whose they are; `undefined`: they are like others. */
  readonly modules: string[] | undefined;
  /** Known while they are looked into. */
  readonly files?: ModuleFiles;
}

class Collector implements Collection {
  readonly found = new Map<string, Collected>();
  readonly failures: Failure[] = [];
  readonly development = new Set<string>();
  readonly doubts = new Set<string>();
  readonly #root: string;
  /** Those in which something was taken for the service at hand. */
  readonly #folders = new Set<string>();

  readonly #outputs: readonly Pattern[];

  constructor(root: string, outputs: readonly Pattern[]) {
    this.#root = root;
    this.#outputs = outputs;
  }

  take(request: FileRequest): void {
    this.#folders.clear();
    const asked = request.included.map((pattern) => ({ request, pattern, modules: modulesIn(request, pattern) }));
    const taken = asked.map((one) => this.#counted(() => this.#takePattern(one)));
    const folders = asked.flatMap(({ modules }) => modules ?? []);
    const files = folders.length === 0 ? undefined : this.#moduleFiles(request, folders);
    for (const [at, { modules, ...one }] of asked.entries()) {
      const looking = { ...one, modules: undefined, ...(files && { files }) };
      const more = (modules ?? []).map((folder) => this.#counted(() => this.#visitFolder(looking, folder)));
      if (more.reduce((sum, each) => sum + each, taken[at]!) > 0) continue;
      const { pattern } = one;
      this.failures.push(refuse.nothingMatches(request.service, pattern.text, this.#isThere(pattern.base)));
    }
  }

  /** How much was taken; what is refused is no less than something. */
  #counted(work: () => number): number {
    const before = this.failures.length;
    const taken = work();
    return taken + this.failures.length - before;
  }

  #takePattern(asked: Asked): number {
    const { request, pattern } = asked;
    const link = this.#linkOnTheWay(pattern.base);
    if (link === undefined) return this.#visit(asked, pattern.base);
    return this.#refuse(refuse.throughLink(request.service, pattern.text, link, releaseLink(this.#root, link)));
  }

  /** How much was taken at the path and below. */
  #visit(asked: Asked, path: string): number {
    const { request, pattern, files } = asked;
    const stat = this.#look(path);
    if (isHidden(path) || isExcluded(request, path)) return 0;
    if (stat === undefined) return this.#lost(pattern, path);
    if (files?.leavesOut(path, stat)) {
      this.development.add(path);
      return 1;
    }
    if (stat.isDirectory()) return this.#visitFolder(asked, path);
    const isMeant = pattern.kind === "folder" ? path !== pattern.base || stat.isSymbolicLink() : matches(pattern, path);
    return isMeant ? this.#add(request, path, stat) : 0;
  }

  #visitFolder(asked: Asked, path: string): number {
    const { pattern, modules } = asked;
    if (!mayBeBelow(pattern, path)) return 0;
    if (modules !== undefined && posix.basename(path) === "node_modules" && !this.#isBuilt(path)) {
      modules.push(path);
      return 0;
    }
    const names = readdirSync(join(this.#root, path)).sort();
    if (names.length === 0 && pattern.kind !== "glob") {
      this.found.set(path, { kind: "folder", path });
      return 1;
    }
    const children = names.map((name) => (path === "" ? name : `${path}/${name}`));
    return children.reduce((taken, child) => taken + this.#visit(asked, child), 0);
  }

  /** Whether the folder of packages was put together by a task, together with what is around it: it has what is needed. */
  #isBuilt(folder: string): boolean {
    return this.#outputs.some((output) => matches(output, posix.dirname(folder)));
  }

  /** The packages are those of the folders that they lie in, and of the folders that the service has files of. */
  #moduleFiles({ commands }: FileRequest, folders: readonly string[]): ModuleFiles | undefined {
    const around = [...this.#folders, ...folders.map((folder) => posix.dirname(folder))];
    const own = new Set(["", ...around.flatMap((folder) => (folder === "." ? [] : prefixes(folder)))]);
    const owners = [...own].filter((folder) => this.#isThere(posix.join(folder, "package.json"))).sort();
    const packages =
      owners.length === 0 ? { because: "there is no package.json" } : productionPackages(this.#root, owners, commands);
    if (!("because" in packages)) return new ModuleFiles(this.#root, packages);
    this.doubts.add(packages.because);
    return undefined;
  }

  #add(request: FileRequest, path: string, stat: Stats): number {
    if (stat.isFile()) {
      // Of the nine bits only the owner's "may be executed" means anything on another machine.
      this.found.set(path, { kind: "file", path, executable: (stat.mode & 0o100) !== 0, stat });
    } else {
      if (!stat.isSymbolicLink()) return this.#refuse(refuse.noFile(request.service, path));
      const target = releaseLink(this.#root, path);
      if (target === undefined) return this.#refuse(refuse.linkOutside(request.service, path));
      this.found.set(path, { kind: "link", path, target });
    }
    this.#folders.add(posix.dirname(path));
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
    return lstatIfThere(join(this.#root, path));
  }

  #isThere(path: string): boolean {
    return this.#look(path) !== undefined;
  }
}

function isHidden(path: string): boolean {
  return path.split("/").some(isNeverReleased);
}

/** Of a pattern that goes into packages itself what it says is taken. */
function modulesIn({ nodeModules }: FileRequest, { base }: Pattern): string[] | undefined {
  return nodeModules === "all" || posix.dirname(base).split("/").includes("node_modules") ? undefined : [];
}

/** Files below paths that are in no release after all, and their bytes. */
export function measure(root: string, paths: Iterable<string>, found: ReadonlyMap<string, Collected>) {
  const all = { files: 0, bytes: 0 };
  const count = (path: string): void => {
    if (found.has(path)) return;
    const stat = lstatIfThere(join(root, path));
    if (stat?.isDirectory()) for (const name of readdirSync(join(root, path))) count(`${path}/${name}`);
    else if (stat?.isFile()) {
      all.files += 1;
      all.bytes += stat.size;
    }
  };
  for (const path of paths) count(path);
  return all;
}
