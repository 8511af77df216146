import type { Stats } from "node:fs";
import type { BlobDigest } from "../blobs/blob-store.ts";
import { isBlobDigest } from "../blobs/digest.ts";
import { lstatIfThere } from "../files/lstat-if-there.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { writeQuickly } from "../files/write-quickly.ts";
import { FileIndex } from "../inputs/file-index.ts";
import type { CacheKey } from "../secrets/cache-key.ts";
import type { LeakScanner } from "../secrets/scan/leak-scanner.ts";

const form = "tidegate-scanned 1";

/**
 * What the packs before this one learned of the project's files, so that what has not changed is neither read nor digested nor
 * searched again: the digest of each file by what `stat` says of it, with the care of `FileIndex`, and which contents were
 * searched for the secrets that there are now. Lost, damaged, or written by somebody else it says nothing.
 */
export class PackIndex {
  readonly #files: FileIndex;
  readonly #path: string;
  readonly #key: CacheKey;
  readonly #secrets: string;
  readonly #clean: ReadonlySet<BlobDigest>;
  readonly #cleanNow = new Set<BlobDigest>();

  constructor(path: string, key: CacheKey, { secrets }: Pick<LeakScanner, "secrets">) {
    this.#files = FileIndex.open(path, key);
    this.#path = `${path}-scanned`;
    this.#key = key;
    const values = secrets.map(({ secret }) => secret.reveal()).sort();
    this.#secrets = key.codeOf("index", JSON.stringify([form, values]));
    this.#clean = this.#readClean();
  }

  /** The content's digest, if the file has not changed since it was last packed. */
  recall(path: string, stat: Stats): BlobDigest | undefined {
    return this.#files.recall(path, stat);
  }

  /** Keeps the digest of a file that was read between `startedAt` and now; `stat` is from before. */
  remember(path: string, file: string, stat: Stats, digest: BlobDigest, startedAt: number): void {
    const now = lstatIfThere(file);
    const isStill = now?.mtimeMs === stat.mtimeMs && now.ctimeMs === stat.ctimeMs && now.size === stat.size;
    if (isStill && now.ino === stat.ino) this.#files.remember(path, stat, digest, startedAt);
  }

  /** Whether the content was searched for all secrets, and has none. */
  isClean(digest: BlobDigest): boolean {
    if (!this.#clean.has(digest)) return false;
    this.#cleanNow.add(digest);
    return true;
  }

  addClean(digest: BlobDigest): void {
    this.#cleanNow.add(digest);
  }

  /** Of contents only those of the release at hand are kept. @throws the system's error. */
  save(): void {
    this.#files.save();
    if (this.#cleanNow.size === this.#clean.size && [...this.#cleanNow].every((digest) => this.#clean.has(digest)))
      return;
    const body = [this.#secrets, ...this.#cleanNow].join("\n");
    writeQuickly(this.#path, `${form} ${this.#key.codeOf("index", `${form}\n${body}`)}\n${body}`);
  }

  #readClean(): ReadonlySet<BlobDigest> {
    const [first, ...rest] = (readTextIfThere(this.#path, { forgive: "everything" }) ?? "").split("\n");
    if (first !== `${form} ${this.#key.codeOf("index", `${form}\n${rest.join("\n")}`)}`) return new Set();
    const [secrets, ...digests] = rest;
    return new Set(secrets === this.#secrets ? digests.filter(isBlobDigest) : []);
  }
}
