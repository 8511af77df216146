import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import type { BlobDigest } from "../blobs/blob-store.ts";
import { isBlobDigest } from "../blobs/digest.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { writeQuickly } from "../files/write-quickly.ts";
import type { CacheKey } from "../secrets/cache-key.ts";

interface Known {
  readonly key: string;
  readonly digest: BlobDigest;
  /** How many times the index was written since somebody asked for it. */
  age: number;
}

const form = "tidegate-index 2";
/** After so many writes without being asked for, a file is taken to be gone. */
const oldestAge = 30;
/**
 * How long before its content is read a file must have been left alone. Clocks of file systems tick every 4 to 10 ms;
 * some keep only whole (or even) seconds.
 */
const quietMs = { fine: 20, coarse: 2100 };

/**
 * Digests of files, remembered by what `stat` says of them, so that an unchanged tree costs no reading. The danger is a
 * file changed twice within one tick of the clock: the second change leaves no trace in its times. Therefore a digest
 * is only remembered when the file had been left alone for longer than a tick before it was read (what git calls
 * racily clean is not trusted), and never when its times lie in the future.
 *
 * One text file: a line with form and the key's code of it, then `age TAB stat TAB digest TAB path` per file. One that is damaged, or
 * that somebody else wrote, counts as empty: it could say of a changed file that it is what it was. Runs at the same time replace each other's whole index: what is lost is read again.
 */
export class FileIndex {
  readonly #path: string;
  readonly #sealing: CacheKey;
  readonly #known: Map<string, Known>;
  #changed = false;

  private constructor(path: string, sealing: CacheKey, known: Map<string, Known>) {
    this.#path = path;
    this.#sealing = sealing;
    this.#known = known;
  }

  static open(path: string, key: CacheKey): FileIndex {
    return new FileIndex(path, key, parseIndex(readTextIfThere(path, { forgive: "everything" }), key));
  }

  /** The digest under which this file was last remembered, if it has not changed since. */
  recall(name: string, stat: Stats): BlobDigest | undefined {
    const known = this.#known.get(name);
    if (known === undefined || known.key !== statKey(stat)) return undefined;
    known.age = 0;
    return known.digest;
  }

  /** The digest of a regular file's content. `undefined` when it cannot be read. */
  digest(name: string, file: string, stat: Stats): BlobDigest | undefined {
    return this.recall(name, stat) ?? this.#read(name, file, stat);
  }

  /** Keeps a digest that was found by reading the file between `startedAt` and now; `stat` is from before. */
  remember(name: string, stat: Stats, digest: BlobDigest, startedAt: number): void {
    if (!wasQuiet(stat, startedAt) || name.includes("\n")) return;
    this.#known.set(name, { key: statKey(stat), digest, age: 0 });
    this.#changed = true;
  }

  /** Writes the index if anything was learned. @throws the system's error. */
  save(): void {
    if (!this.#changed) return;
    const lines: string[] = [];
    for (const [name, { key, digest, age }] of this.#known) {
      if (age <= oldestAge) lines.push(`${age + 1}\t${key}\t${digest}\t${name}`);
    }
    const body = lines.join("\n");
    writeQuickly(this.#path, `${form} ${this.#sealing.codeOf("index", body)}\n${body}`);
    this.#changed = false;
  }

  #read(name: string, file: string, stat: Stats): BlobDigest | undefined {
    const startedAt = Date.now();
    const read = readWhole(file);
    if (read === undefined) return undefined;
    const wasStill = statKey(read.before) === statKey(read.after) && statKey(read.before) === statKey(stat);
    if (wasStill) this.remember(name, stat, read.digest, startedAt);
    return read.digest;
  }
}

/** Times are in milliseconds with fractions, fine to less than a microsecond. */
function statKey(stat: Stats): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}:${stat.mode}`;
}

function wasQuiet(stat: Stats, startedAt: number): boolean {
  const latest = Math.max(stat.mtimeMs, stat.ctimeMs);
  const isCoarse = stat.mtimeMs % 1000 === 0 || stat.ctimeMs % 1000 === 0;
  return latest + (isCoarse ? quietMs.coarse : quietMs.fine) < startedAt;
}

function readWhole(file: string): { digest: BlobDigest; before: Stats; after: Stats } | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const before = fstatSync(descriptor);
    if (!before.isFile()) return undefined;
    const digest = digestOfDescriptor(descriptor, before.size);
    return { digest, before, after: fstatSync(descriptor) };
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function digestOfDescriptor(descriptor: number, size: number): BlobDigest {
  const digest = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(1 << 20, size + 1));
  for (;;) {
    const count = readSync(descriptor, buffer, 0, buffer.length, null);
    if (count === 0) return `sha256:${digest.digest("hex")}` as BlobDigest;
    digest.update(buffer.subarray(0, count));
  }
}

function parseIndex(text: string | undefined, sealing: CacheKey): Map<string, Known> {
  const known = new Map<string, Known>();
  const end = text?.indexOf("\n") ?? -1;
  if (text === undefined || end === -1) return known;
  const body = text.slice(end + 1);
  if (text.slice(0, end) !== `${form} ${sealing.codeOf("index", body)}`) return known;
  for (const line of body.split("\n")) {
    const [age, key, digest, ...name] = line.split("\t");
    if (isBlobDigest(digest)) known.set(name.join("\t"), { key: key!, digest, age: Number(age) });
  }
  return known;
}
