import type { CoverageFigures, Covered } from "../events/test-events.ts";

export type CoverageMetric = keyof CoverageFigures;

interface FileCoverage {
  /** By line number: 1 known, 3 known and reached. */
  lines: Uint8Array;
  readonly branches: Map<string, boolean>;
  readonly functions: Map<string, boolean>;
}

const known = 1;
const reached = 3;

/** A report with more than this describes no program that a person has written. */
const most = { line: 4_000_000, bytes: 512 << 20, keys: 4_000_000, files: 500_000 };

/**
 * What was reached, file by file. Several reports may tell of the same file (shards of one suite): what one of them
 * reached was reached.
 */
export class Coverage {
  readonly #files = new Map<string, FileCoverage>();
  #bytes = 0;
  #keys = 0;

  /** `file`: one name for a file in all reports, see `NameSource`. @throws when there is more than a report can have; so do the others. */
  line(file: string, line: number, isReached: boolean): void {
    if (!Number.isSafeInteger(line) || line < 0 || line > most.line) throw new Error(`It names a line ${line}`);
    const entry = this.#file(file);
    if (line >= entry.lines.length) entry.lines = this.#grown(entry.lines, line);
    entry.lines[line]! |= isReached ? reached : known;
  }

  /** `key` tells the branches of a file apart. */
  branch(file: string, key: string, isReached: boolean): void {
    this.#mark(this.#file(file).branches, key, isReached);
  }

  function(file: string, key: string, isReached: boolean): void {
    this.#mark(this.#file(file).functions, key, isReached);
  }

  figures(): CoverageFigures {
    return { lines: this.#sum("lines"), branches: this.#sum("branches"), functions: this.#sum("functions") };
  }

  /** The files with the most that was not reached, worst first. */
  worst(metric: CoverageMetric, count: number): (Covered & { readonly file: string })[] {
    const shares = [...this.#files].map(([file, entry]) => ({ file, ...coveredOf(entry, metric) }));
    const missed = ({ covered, total }: Covered) => total - covered;
    const byName = (a: string, b: string) => (a < b ? -1 : 1);
    return shares
      .filter((share) => missed(share) > 0)
      .sort((a, b) => missed(b) - missed(a) || byName(a.file, b.file))
      .slice(0, count);
  }

  #file(file: string): FileCoverage {
    const entry = this.#files.get(file);
    if (entry !== undefined) return entry;
    if (this.#files.size >= most.files) throw new Error(`It reports more than ${most.files} files`);
    const fresh = { lines: new Uint8Array(0), branches: new Map(), functions: new Map() };
    this.#files.set(file, fresh);
    return fresh;
  }

  #grown(lines: Uint8Array, line: number): Uint8Array<ArrayBuffer> {
    const length = Math.max(64, line + 1, lines.length * 2);
    this.#bytes += length - lines.length;
    if (this.#bytes > most.bytes) throw new Error("It reports more lines than a program has");
    const grown = new Uint8Array(length);
    grown.set(lines);
    return grown;
  }

  #mark(keys: Map<string, boolean>, key: string, isReached: boolean): void {
    const before = keys.get(key);
    if (before === undefined && ++this.#keys > most.keys)
      throw new Error("It reports more branches and functions than a program has");
    if (before !== true) keys.set(key, isReached);
  }

  #sum(metric: CoverageMetric): Covered {
    let covered = 0;
    let total = 0;
    for (const entry of this.#files.values()) {
      const own = coveredOf(entry, metric);
      covered += own.covered;
      total += own.total;
    }
    return { covered, total };
  }
}

function coveredOf(entry: FileCoverage, metric: CoverageMetric): Covered {
  return metric === "lines" ? linesCovered(entry.lines) : keysCovered(entry[metric]);
}

function linesCovered(lines: Uint8Array): Covered {
  let covered = 0;
  let total = 0;
  for (const state of lines) {
    if (state === 0) continue;
    total += 1;
    if (state === reached) covered += 1;
  }
  return { covered, total };
}

function keysCovered(keys: ReadonlyMap<string, boolean>): Covered {
  let covered = 0;
  for (const isReached of keys.values()) if (isReached) covered += 1;
  return { covered, total: keys.size };
}
