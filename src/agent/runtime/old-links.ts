import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { instancesLeftBy } from "../../drivers/local/left-running.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { realPath } from "./runtime-folder.ts";

/** In a state folder: the `.tidegate` that it was moved out of, as long as something runs that was started from there. */
export const movedFromFile = "moved-from";
/** What was opened by its path there, and is by what still runs. */
export const linkedFolders = ["environments", "releases", "gateway"] as const;

/**
 * Instances that were started by a version before know their data by its path in the checkout. The move leaves links
 * there; whatever cleans the checkout removes them, so this puts them back, until the last of those instances has ended.
 */
export class OldLinks {
  readonly #stateFolder: string;
  readonly #old: string | undefined;
  #isOver: boolean;
  /** Missing since the look before: somebody who is cleaning just now is not to find the folder filled again. */
  #missing: readonly string[] = [];

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder;
    this.#old = readTextIfThere(join(stateFolder, movedFromFile), { forgive: "everything" })?.trimEnd();
    this.#isOver = this.#old === undefined || this.#old === "";
  }

  /** A few looks at the disk: for every turn of the agent. */
  keep(): void {
    const old = this.#old;
    if (this.#isOver || old === undefined || !isThere(dirname(old))) return;
    const before = this.#missing;
    this.#missing = linkedFolders.filter((name) => !isThere(join(old, name)) && isThere(join(this.#stateFolder, name)));
    for (const name of this.#missing) {
      if (!before.includes(name)) continue;
      try {
        mkdirSync(old, { recursive: true, mode: 0o700 });
        symlinkSync(join(this.#stateFolder, name), join(old, name));
      } catch {
        // Somebody is cleaning just now, or the disk refuses: the next turn tries again.
      }
    }
  }

  /** A look at all processes: now and then. */
  tidy(): void {
    const old = this.#old;
    if (this.#isOver || old === undefined || instancesLeftBy(realPath(old)).length > 0) return;
    this.#isOver = true;
    for (const name of linkedFolders)
      if (lstatIfThere(join(old, name))?.isSymbolicLink()) rmSync(join(old, name), { force: true });
    rmSync(join(this.#stateFolder, movedFromFile), { force: true });
  }
}

/** A link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  return lstatIfThere(path) !== undefined;
}
