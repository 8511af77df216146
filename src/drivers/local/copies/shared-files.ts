import { linkSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { makeFolder } from "../../../files/make-folder.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { writeQuickly } from "../../../files/write-quickly.ts";
import type { FileEntry } from "../../release-content.ts";
import type { CopyPlace } from "./copy-paths.ts";
import { isSame, look } from "./look.ts";

const index = v.strictObject({ version: v.literal(1), looks: v.record(v.string(), v.string()) });

/** What the system says when a file can have no further name. */
const noLink = ["EMLINK", "EPERM", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * The files that the copies of one environment have in common, each on the disk once: by content and mode, with a name here and one in
 * each copy. No other environment has a name of them. A name that comes or goes changes what `look` says of the file, and of all
 * its other names; therefore it is noted here how each looks now, so that none has to be read for that. What does not look as it
 * was noted is read before it gets another name; what has another content, too, is given up, and copies that have it are found
 * to be changed.
 *
 * One at a time works on those of an environment.
 */
export class SharedFiles {
  readonly #folder: string;
  readonly #looks: Map<string, string>;

  constructor({ files }: CopyPlace) {
    this.#folder = files;
    this.#looks = readLooks(`${files}.json`);
  }

  /** How a file with this content looks, if it is one of these. */
  lookOf(digest: string, mode: string): string | undefined {
    return this.#looks.get(nameOf(digest, mode));
  }

  /** Gives the file a name in a copy. false: there is none that is as it was, or it can have no further name. */
  async link({ digest }: FileEntry, mode: number, to: string): Promise<boolean> {
    const name = nameOf(digest, mode.toString(8));
    const path = join(this.#folder, name);
    const was = this.#looks.get(name);
    const is = was === undefined ? undefined : look(path);
    if (was === undefined || is === undefined) return false;
    if (is !== was && !(await isSame(was, is, digest, path))) {
      this.#looks.delete(name);
      rmSync(path, { force: true });
      return false;
    }
    return this.#linked(name, () => linkSync(path, to));
  }

  /** Takes in a file of a copy that was just written, and digested. One with the same content may be there already. */
  take({ digest }: FileEntry, mode: number, from: string): void {
    const name = nameOf(digest, mode.toString(8));
    const path = join(this.#folder, name);
    if (this.#looks.has(name)) return;
    makeFolder(dirname(path));
    this.#linked(name, () => {
      // One that nothing is known of was left by somebody who was killed.
      rmSync(path, { force: true });
      linkSync(from, path);
    });
  }

  /** Writes down how they look now. Copies that are looked at before have their files read. @throws the system's error. */
  save(): void {
    writeQuickly(`${this.#folder}.json`, JSON.stringify({ version: 1, looks: Object.fromEntries(this.#looks) }));
  }

  /** While `work` removes copies; afterwards those that no copy has any more are gone. */
  async whileForgetting(work: () => Promise<void>): Promise<void> {
    const asNoted = [...this.#looks].filter(([name, was]) => look(join(this.#folder, name)) === was);
    await work();
    for (const [name] of asNoted) this.#note(name);
    for (const name of namesIn(this.#folder)) {
      const path = join(this.#folder, name);
      if (lstatSync(path).nlink > 1) continue;
      rmSync(path, { force: true });
      this.#looks.delete(name);
    }
    this.save();
  }

  #linked(name: string, link: () => void): boolean {
    try {
      link();
      this.#note(name);
      return true;
    } catch (error) {
      if (!noLink.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      return false;
    }
  }

  #note(name: string): void {
    const is = look(join(this.#folder, name));
    if (is === undefined) this.#looks.delete(name);
    else this.#looks.set(name, is);
  }
}

/** A folder for each beginning: file systems get slow where there are many names. */
function nameOf(digest: string, mode: string): string {
  const digits = digest.replace("sha256:", "");
  return `${digits.slice(0, 2)}/${digits.slice(2)}-${mode}`;
}

function namesIn(folder: string): string[] {
  return listed(folder).flatMap((prefix) => listed(join(folder, prefix)).map((name) => `${prefix}/${name}`));
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** What cannot be read says nothing: then nothing is shared with what is there. */
function readLooks(path: string): Map<string, string> {
  try {
    const parsed = v.safeParse(index, JSON.parse(readTextIfThere(path) ?? ""));
    return new Map(parsed.success ? Object.entries(parsed.output.looks) : []);
  } catch {
    return new Map();
  }
}
