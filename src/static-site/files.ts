import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import picomatch from "picomatch";
import { isHidden } from "./request-path.ts";

/** A file of the site. */
export interface SiteFile {
  /** Absolute, with no links in it. */
  readonly file: string;
  /** Relative to the site's folder, as it was asked for: what type and caching go by. */
  readonly path: string;
  readonly stat: Stats;
}

/** Bigger ones are told apart by size and date: nobody waits for their digest. */
const biggestDigested = 64 * 1024 * 1024;
const mostRemembered = 20_000;

/** The files below a folder, for everybody to see: nothing hidden, and nothing that a link leads out to. */
export class SiteFiles {
  readonly #root: string;
  readonly #isServed: (path: string) => boolean;
  readonly #etags = new Map<string, { readonly of: string; readonly etag: Promise<string> }>();

  private constructor(root: string, isServed: (path: string) => boolean) {
    this.#root = root;
    this.#isServed = isServed;
  }

  /** `patterns`: only files that match one of them are served; none: all. @throws the system's error when there is no such folder. */
  static async open(folder: string, patterns: readonly string[]): Promise<SiteFiles> {
    const globs = patterns.map((pattern) => (pattern.endsWith("/") ? `${pattern}**` : pattern));
    return new SiteFiles(await realpath(folder), globs.length === 0 ? () => true : picomatch(globs, { dot: true }));
  }

  /** The file with this path; `undefined` when there is none to be seen. */
  async file(names: readonly string[]): Promise<SiteFile | undefined> {
    const found = await this.#look(names);
    return found?.stat.isFile() ? found : undefined;
  }

  /** The strong validator of a file, with its quotes: the same for the same bytes, whichever release they came with. */
  async etag({ file, stat }: SiteFile): Promise<string> {
    const of = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    const known = this.#etags.get(file);
    if (known?.of === of) return known.etag;
    if (this.#etags.size >= mostRemembered) this.#etags.clear();
    const etag = stat.size > biggestDigested ? Promise.resolve(`"${stat.size}-${stat.mtimeMs}"`) : digestOf(file);
    this.#etags.set(file, { of, etag });
    etag.catch(() => this.#etags.delete(file));
    return etag;
  }

  async #look(names: readonly string[]): Promise<SiteFile | undefined> {
    if (isHidden(names)) return undefined;
    try {
      const file = await realpath(join(this.#root, ...names));
      const inside = relative(this.#root, file).split(sep);
      if (inside[0] === ".." || isHidden(inside.filter((name) => name !== ""))) return undefined;
      const path = names.join("/");
      // Also what a link of the site leads to has to be of the site.
      if (![path, inside.join("/")].every(this.#isServed)) return undefined;
      return { file, path, stat: await stat(file) };
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }
}

function isAbsence(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "EACCES"].includes(
    (error as NodeJS.ErrnoException | undefined)?.code ?? "",
  );
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return `"${hash.digest("base64url").slice(0, 27)}"`;
}
