import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";

export interface FolderEventsListener {
  /** Something happened to this path, relative to the root. */
  touched(path: string): void;
  /** The system does not tell of changes any more, or never did. */
  failed(error: NodeJS.ErrnoException): void;
}

/** The folder has gone in the meantime, of which its parent tells, or nobody may look into it. */
const harmless = new Set(["ENOENT", "ENOTDIR", "EPERM", "EACCES"]);

/**
 * The system's news about folders. Where the system can watch a whole tree (macOS), one watch does; elsewhere it is one
 * per folder: Node's own recursive watch takes one for each file too, `node_modules` included.
 */
export class FolderEvents {
  readonly #root: string;
  readonly #listener: FolderEventsListener;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #isWhole = process.platform === "darwin";
  readonly #watch: typeof watch;

  constructor(root: string, listener: FolderEventsListener, watching: typeof watch = watch) {
    this.#root = root;
    this.#listener = listener;
    this.#watch = watching;
  }

  add(folder: string): void {
    if (this.#watchers.has(folder) || (this.#isWhole && folder !== "")) return;
    try {
      const path = join(this.#root, folder);
      const watcher = this.#watch(path, { recursive: this.#isWhole }, (_, name) =>
        this.#listener.touched(name === null ? folder : join(folder, name)),
      );
      watcher.on("error", (error: NodeJS.ErrnoException) => this.#failed(folder, error));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#failed(folder, error as NodeJS.ErrnoException);
    }
  }

  remove(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  close(): void {
    for (const folder of [...this.#watchers.keys()]) this.remove(folder);
  }

  #failed(folder: string, error: NodeJS.ErrnoException): void {
    this.remove(folder);
    if (harmless.has(error.code ?? "")) return;
    this.#listener.failed(error);
  }
}
