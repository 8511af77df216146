import type { Beginnings } from "./beginnings.ts";
import type { Needles } from "./needles.ts";

/** Needles of a range, all of whose bytes so far were at the end of what has come. */
interface Beginning {
  /** Where they began, counted from the beginning of everything. */
  readonly start: number;
  low: number;
  high: number;
}

/** Takes what was found: the needle, and where it begins, counted from the beginning of everything. */
type Found = (needle: number, start: number) => void;

/** Knows which needles may have begun in what has come, and finds those that are completed by what comes next. */
export class PrefixTracker {
  readonly #needles: Needles;
  readonly #prefixes: Beginnings;
  #open: Beginning[] = [];
  #position = 0;

  constructor(needles: Needles, prefixes: Beginnings) {
    this.#needles = needles;
    this.#prefixes = prefixes;
  }

  /** Where the first needle may have begun that is not complete yet; the end of what has come when there is none. */
  get safe(): number {
    return this.#open[0]?.start ?? this.#position;
  }

  /** Takes the next bytes: tells of each needle that began before them and ends in them. */
  push(bytes: Uint8Array, found: Found): void {
    this.#open = this.#open.filter((beginning) => this.#goOn(beginning, bytes, found));
    this.#addBeginnings(bytes);
    this.#position += bytes.length;
  }

  /** Forgets what has come: nothing in it will be completed. */
  reset(): void {
    this.#open = [];
  }

  /** Whether some needle of the range is longer than what has come with these bytes. */
  #goOn(beginning: Beginning, bytes: Uint8Array, found: Found): boolean {
    const done = this.#position - beginning.start;
    return this.#narrow(beginning, bytes, 0, done, found);
  }

  #addBeginnings(bytes: Uint8Array): void {
    this.#prefixes.find(bytes, (at) => {
      const first = bytes[at]!;
      const beginning = {
        start: this.#position + at,
        low: this.#needles.lowOf(first),
        high: this.#needles.lowOf(first + 1),
      };
      if (beginning.low < beginning.high && this.#narrow(beginning, bytes, at + 1, 1, undefined))
        this.#open.push(beginning);
    });
  }

  /** `depth`: how many bytes the needles of the range are known to share with what has come before `from`. */
  #narrow(range: Beginning, bytes: Uint8Array, from: number, depth: number, found: Found | undefined): boolean {
    const needles = this.#needles;
    let { low, high } = range;
    let shared = depth;
    // What is as short as that was told of when its last byte came.
    if (low < high && needles.lengthOf(low) === shared) low++;
    if (low < high && this.#goesOnToTheEnd(low, high, bytes, from, shared)) {
      range.low = low;
      return true;
    }
    for (let at = from; at < bytes.length && low < high; at++, shared++) {
      const byte = bytes[at]!;
      low = needles.lowerBound(low, high, shared, byte);
      high = needles.lowerBound(low, high, shared, byte + 1);
      if (low < high && needles.lengthOf(low) === shared + 1) {
        found?.(low, range.start);
        low++;
      }
    }
    range.low = low;
    range.high = high;
    return low < high;
  }

  /**
   * Whether the rest of the bytes is in every needle of the range, and ends none. Comparing at once is what keeps runs of
   * one byte, in a needle and in what comes, from costing their length squared. The range is sorted: what its first and
   * its last have in common all have.
   */
  #goesOnToTheEnd(low: number, high: number, bytes: Uint8Array, from: number, shared: number): boolean {
    const rest = bytes.length - from;
    if (rest < worthComparing) return false;
    return [low, high - 1].every((needle) => {
      const all = this.#needles.all[needle]!;
      const isLonger = all.length > shared + rest;
      return isLonger && Buffer.compare(all.subarray(shared, shared + rest), bytes.subarray(from)) === 0;
    });
  }
}

const worthComparing = 16;
