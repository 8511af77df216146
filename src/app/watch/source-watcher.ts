import { existsSync, type watch } from "node:fs";
import { join } from "node:path";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import { FolderEvents } from "./folder-events.ts";
import { SourceTree, type TreeFilter } from "./source-tree.ts";

export interface SourceWatcherOptions {
  /** The project's folder. */
  readonly root: string;
  readonly filter: TreeFilter;
  /** `at`: when the last of them was noticed (milliseconds since 1970). Sorted. */
  readonly onChange: (files: readonly string[], at: number) => void;
  /** The system cannot watch all folders: from now on they are looked at in intervals. */
  readonly onPolling: (error: NodeJS.ErrnoException) => void;
  readonly now: () => number;
  /** Default: the system's. */
  readonly watch?: typeof watch;
}

/** How long nothing more must happen: one save is quick, a checkout takes breaths. Milliseconds. */
const quietMs = { few: 15, many: 100 };
const few = 20;
/** So many paths at once may be more than the system told of: everything is looked at. */
const flood = 1000;
const pollMs = 1000;
/** While git works in the folder, the next change is about to come; a lock left by a killed git must not stop it all. */
const gitLimitMs = 2000;

/** Tells of changed sources, a burst at a time. Nothing is lost between its creation and `close`. */
export class SourceWatcher {
  readonly #options: SourceWatcherOptions;
  readonly #events: FolderEvents;
  readonly #tree: SourceTree;
  readonly #touched = new Set<string>();
  #quiet: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  #burstAt = 0;
  #lastAt = 0;
  #isClosed = false;

  constructor(options: SourceWatcherOptions) {
    this.#options = options;
    const { root, filter } = options;
    const listener = {
      touched: (path: string) => this.#touch(path),
      failed: (error: NodeJS.ErrnoException) => this.#poll(error),
    };
    this.#events = new FolderEvents(root, listener, options.watch);
    this.#tree = new SourceTree(root, filter, {
      entered: (folder) => this.#enter(folder),
      left: (folder) => this.#events.remove(folder),
    });
    this.#tree.look("");
  }

  get isPolling(): boolean {
    return this.#polling !== undefined;
  }

  get files(): number {
    return this.#tree.files;
  }

  get folders(): number {
    return this.#tree.folders;
  }

  /** Other files are sources from now on. */
  retarget(filter: TreeFilter): void {
    this.#tree.retarget(filter);
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#quiet);
    clearInterval(this.#polling);
    this.#events.close();
  }

  #enter(folder: string): void {
    if (this.#polling === undefined && !this.#isClosed) this.#events.add(folder);
  }

  #touch(path: string): void {
    if (this.#isClosed) return;
    this.#lastAt = this.#options.now();
    if (this.#touched.size === 0) this.#burstAt = this.#lastAt;
    this.#touched.add(path);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#tell(), this.#touched.size > few ? quietMs.many : quietMs.few);
  }

  #tell(): void {
    if (this.#gitWorks()) {
      this.#wait();
      return;
    }
    const paths = this.#touched.size > flood ? [""] : [...this.#touched];
    this.#touched.clear();
    this.#report(new Set(paths.flatMap((path) => this.#tree.look(path))));
  }

  #report(changed: ReadonlySet<string>): void {
    if (changed.size > 0) this.#options.onChange([...changed].sort(byCodeUnit), this.#lastAt);
  }

  #gitWorks(): boolean {
    if (this.#options.now() - this.#burstAt > gitLimitMs) return false;
    return existsSync(join(this.#options.root, ".git", "index.lock"));
  }

  #poll(error: NodeJS.ErrnoException): void {
    if (this.#polling !== undefined || this.#isClosed) return;
    this.#polling = setInterval(() => {
      this.#lastAt = this.#options.now();
      this.#report(new Set(this.#tree.look("")));
    }, pollMs);
    this.#events.close();
    this.#options.onPolling(error);
  }
}
