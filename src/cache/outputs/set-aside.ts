import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { writeQuickly } from "../../files/write-quickly.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { identityOf, type ProcessIdentity } from "../../process/identity.ts";
import { type AsidePlaces, isBeside, mountsBelow, moveAway, removeBeside, sourceOf } from "./aside-move.ts";
import { type AsideItem, formatNote } from "./aside-note.ts";
import { type FoundOutput, listOutputs } from "./list-outputs.ts";
import { putBackItems } from "./put-back.ts";
import { removeTree } from "./wipe.ts";

/**
 * Old outputs, out of the way until it is known what becomes of the new ones: then either put back or discarded. A rename
 * for each output, and nothing at all where there was none. Killed in between, `putBackLeft` puts them back.
 *
 * ```text
 * (nothing) ── take ──▶ away ──┬── putBack ──▶ back where they were
 *                              └── discard ──▶ gone
 * ```
 */
export class SetAside {
  readonly #asideFolder: string;
  readonly #places: AsidePlaces;
  readonly #items: AsideItem[] = [];
  #owner: ProcessIdentity | undefined;
  #isOpen = false;

  constructor(asideFolder: string, projectFolder: string) {
    const id = `${process.pid}.${randomBytes(6).toString("hex")}`;
    this.#asideFolder = asideFolder;
    this.#places = { projectFolder, id, folder: join(asideFolder, id) };
  }

  /** Whether anything is away. */
  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** A folder for new outputs until they are whole: it goes with the rest. @throws the system's error. */
  get incoming(): string {
    this.#open();
    return join(this.#places.folder, "new");
  }

  /** Takes everything away that stands where outputs are declared. @throws the system's error. */
  take(outputs: readonly Claim[]): void {
    this.takePaths(outputs.flatMap(({ pattern }) => (pattern.kind === "glob" ? [] : [pattern.base])));
    const globs = outputs.filter(({ pattern }) => pattern.kind === "glob");
    if (globs.length === 0) return;
    this.takeFound(listOutputs(this.#places.projectFolder, globs).found);
  }

  takePaths(paths: readonly string[]): void {
    this.#take(paths.map((path) => ({ path })));
  }

  takeFound(found: readonly FoundOutput[]): void {
    const skip = Buffer.byteLength(`${this.#places.projectFolder}/`);
    this.#take(
      found.map(({ path, bytes }) =>
        bytes === undefined ? { path } : { path, bytes: bytes.subarray(skip).toString("base64") },
      ),
    );
  }

  /** Something new is about to be moved to these places, which are free: it goes again when the old is put back. @throws the system's error. */
  expect(paths: readonly string[]): void {
    this.#items.push(...paths.map((path) => ({ path, isNew: true }) as const));
    this.#note();
  }

  /** Puts everything back, in place of what stands there now. @throws the system's error: the rest is left to who comes next. */
  putBack(): void {
    if (!this.#isOpen) return;
    putBackItems(this.#places, this.#items);
    this.#removeBeside();
    this.#close();
    removeIfAllowed(this.#places.folder);
  }

  /** From here on the new outputs count. What cannot be removed is left to who comes next. @throws the system's error. */
  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    // The note is what is lost last: where it is needed to find what is to go, it says first that nothing is to come back.
    if (this.#items.some((item, at) => isBeside(this.#places, item, at))) this.#note({ isDone: true });
    this.#removeBeside();
    this.#close();
    // Many files: others need not wait for it.
    await rm(this.#places.folder, { recursive: true, force: true }).catch(() => removeIfAllowed(this.#places.folder));
  }

  #removeBeside(): void {
    for (const [at, item] of this.#items.entries()) removeBeside(this.#places, item, at);
  }

  #take(items: readonly AsideItem[]): void {
    const { projectFolder } = this.#places;
    const there = items.flatMap((item) => {
      const stat = lstatIfThere(sourceOf(this.#places, item));
      if (stat === undefined) return [];
      // A folder that takes no change cannot be moved either: its entry for the folder above changes.
      const isLocked = stat.isDirectory() && (stat.mode & 0o200) === 0;
      return [isLocked ? { ...item, mode: stat.mode & 0o777 } : item];
    });
    if (there.length === 0) return;
    const mounts = mountsBelow(projectFolder);
    for (const { path } of there) refuseMountsIn(`${projectFolder}/${path}`, mounts);
    const from = this.#items.length;
    this.#items.push(...there);
    this.#open();
    this.#note();
    for (const [at, item] of there.entries()) moveAway(this.#places, item, from + at, mounts);
  }

  /** The note comes first: a folder without one is waste. */
  #open(): void {
    if (this.#isOpen) return;
    this.#note();
    makeFolder(this.#places.folder);
    this.#isOpen = true;
  }

  #note(more: { readonly isDone?: true } = {}): void {
    this.#owner ??= identityOf(process.pid);
    if (this.#owner === undefined) throw new Error("This process does not find itself among the running ones");
    writeQuickly(this.#notePath(), formatNote({ owner: this.#owner, items: this.#items, ...more }));
  }

  #close(): void {
    if (!this.#isOpen) return;
    rmSync(this.#notePath(), { force: true });
    this.#isOpen = false;
    this.#items.length = 0;
  }

  #notePath(): string {
    return join(this.#asideFolder, `${this.#places.id}.json`);
  }
}

/** What is mounted within an output would be carried away with it, and its content removed: it is nobody's output. */
function refuseMountsIn(path: string, mounts: readonly string[]): void {
  const inside = mounts.find((mount) => mount.startsWith(`${path}/`));
  if (inside === undefined) return;
  const error: NodeJS.ErrnoException = new Error(`EBUSY: resource busy or locked, rename '${inside}'`);
  throw Object.assign(error, { code: "EBUSY", path: inside, syscall: "rename" });
}

function removeIfAllowed(folder: string): void {
  try {
    removeTree(folder);
  } catch {
    // Somebody made it so that nobody may remove it. The next run tries again.
  }
}
