/**
 * Texts to look for, sorted by their bytes. Those that begin alike are neighbours, so a range of them is what a node is
 * in a tree of prefixes, at the cost of two numbers.
 */
export class Needles {
  readonly all: readonly Uint8Array[];
  readonly longest: number;
  readonly #lengths: Int32Array;
  /** Where the needles begin that begin with a byte; one more entry than there are bytes. */
  readonly #firstBytes: Int32Array;

  /** @param texts Not empty ones, each once, in any order. */
  constructor(texts: readonly Uint8Array[]) {
    this.all = [...texts].sort(Buffer.compare);
    this.#lengths = Int32Array.from(this.all, ({ length }) => length);
    this.longest = this.#lengths.reduce((most, length) => Math.max(most, length), 0);
    this.#firstBytes = firstBytes(this.all);
  }

  lengthOf(needle: number): number {
    return this.#lengths[needle]!;
  }

  /** The range of needles that begin with a byte: from `lowOf(byte)` to before `lowOf(byte + 1)`. */
  lowOf(firstByte: number): number {
    return this.#firstBytes[firstByte]!;
  }

  /**
   * The first needle of a range whose byte at `depth` is not below `byte`; the range's end when there is none. All of the
   * range are longer than `depth` and the same before it.
   */
  lowerBound(low: number, high: number, depth: number, byte: number): number {
    const { all } = this;
    let from = low;
    let to = high;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (all[middle]![depth]! < byte) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function firstBytes(sorted: readonly Uint8Array[]): Int32Array {
  const lows = new Int32Array(257);
  for (const needle of sorted) lows[needle[0]! + 1]! += 1;
  for (let byte = 1; byte <= 256; byte++) lows[byte]! += lows[byte - 1]!;
  return lows;
}
