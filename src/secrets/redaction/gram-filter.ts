import type { Needles } from "./needles.ts";

/** Takes what was found: the needle, and where in the bytes it begins. */
export type Found = (needle: number, start: number) => void;

const gramLength = 4;
/** Every fourth byte is looked at, so a needle is known by four grams that follow each other. */
const stride = 4;
/** Needles of fewer bytes can lie between the places that are looked at. */
const shortestFiltered = gramLength + stride - 1;
/** Where the four grams are looked for that are least like those of other needles. */
const windowsTried = 192;

/**
 * Finds needles that lie within one piece of bytes. It looks at four bytes at every fourth place and asks a table of bits
 * whether some needle has them; only then it compares (after Wu and Manber, "A fast algorithm for multi-pattern
 * searching", 1994, with fixed steps instead of shifts).
 */
export class GramFilter {
  readonly #needles: Needles;
  readonly #bits: Uint8Array;
  readonly #bitShift: number;
  readonly #buckets: Int32Array;
  readonly #bucketShift: number;
  /** By bucket: gram, needle, and the gram's place in the needle. */
  readonly #grams: Int32Array;
  readonly #owners: Int32Array;
  readonly #places: Int32Array;
  /** Whether a byte begins a needle that is too short for all this. */
  readonly #shortFirst: Uint8Array;
  readonly #hasShort: boolean;
  readonly #hasLong: boolean;

  constructor(needles: Needles) {
    this.#needles = needles;
    const entries = entriesOf(needles);
    const bitsLog = Math.max(15, Math.ceil(Math.log2(Math.max(1, entries.length) * 24)));
    const bucketsLog = Math.max(8, Math.ceil(Math.log2(Math.max(1, entries.length))));
    this.#bitShift = 32 - Math.min(bitsLog, 24);
    this.#bucketShift = 32 - Math.min(bucketsLog, 22);
    this.#bits = new Uint8Array(2 ** (32 - this.#bitShift) / 8);
    this.#buckets = new Int32Array(2 ** (32 - this.#bucketShift) + 1);
    this.#grams = new Int32Array(entries.length);
    this.#owners = new Int32Array(entries.length);
    this.#places = new Int32Array(entries.length);
    this.#fill(entries);
    this.#shortFirst = new Uint8Array(256);
    for (const needle of needles.all) if (needle.length < shortestFiltered) this.#shortFirst[needle[0]!] = 1;
    this.#hasShort = this.#shortFirst.includes(1);
    this.#hasLong = entries.length > 0;
  }

  /** Every occurrence of every needle that lies within the bytes; in no particular order. */
  scan(bytes: Uint8Array, found: Found): void {
    if (this.#hasLong) this.#scanLong(bytes, found);
    if (this.#hasShort) this.#scanShort(bytes, found);
  }

  #fill(entries: readonly Entry[]): void {
    const hashes = Int32Array.from(entries, ({ gram }) => hash(gram));
    for (const one of hashes) {
      const bit = one >>> this.#bitShift;
      this.#bits[bit >>> 3]! |= 1 << (bit & 7);
      this.#buckets[(one >>> this.#bucketShift) + 1]! += 1;
    }
    for (let bucket = 1; bucket < this.#buckets.length; bucket++) this.#buckets[bucket]! += this.#buckets[bucket - 1]!;
    const next = this.#buckets.slice();
    entries.forEach(({ gram, needle, place }, index) => {
      const at = next[hashes[index]! >>> this.#bucketShift]!++;
      this.#grams[at] = gram;
      this.#owners[at] = needle;
      this.#places[at] = place;
    });
  }

  #scanLong(bytes: Uint8Array, found: Found): void {
    const bits = this.#bits;
    const shift = this.#bitShift;
    // A view of words must begin at a multiple of four; the first bytes are in reach of the first word's grams.
    const skipped = (4 - (bytes.byteOffset & 3)) & 3;
    if (bytes.length < skipped + gramLength) return;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + skipped, (bytes.length - skipped) >>> 2);
    const count = words.length;
    for (let index = 0; index < count; index++) {
      const bit = Math.imul(words[index]!, multiplier) >>> shift;
      if ((bits[bit >>> 3]! & (1 << (bit & 7))) !== 0) this.#verify(bytes, skipped + index * 4, words[index]!, found);
    }
  }

  #verify(bytes: Uint8Array, at: number, gram: number, found: Found): void {
    const bucket = hash(gram) >>> this.#bucketShift;
    const end = this.#buckets[bucket + 1]!;
    for (let entry = this.#buckets[bucket]!; entry < end; entry++) {
      if (this.#grams[entry] !== gram) continue;
      const needle = this.#owners[entry]!;
      const start = at - this.#places[entry]!;
      if (start >= 0 && isAt(bytes, start, this.#needles.all[needle]!)) found(needle, start);
    }
  }

  #scanShort(bytes: Uint8Array, found: Found): void {
    const { all } = this.#needles;
    for (let start = 0; start < bytes.length; start++) {
      const first = bytes[start]!;
      if (this.#shortFirst[first] === 0) continue;
      const end = this.#needles.lowOf(first + 1);
      for (let needle = this.#needles.lowOf(first); needle < end; needle++) {
        const text = all[needle]!;
        if (text.length < shortestFiltered && isAt(bytes, start, text)) found(needle, start);
      }
    }
  }
}

/** A gram by which a needle is recognised. */
interface Entry {
  readonly gram: number;
  readonly needle: number;
  readonly place: number;
}

/** Rare grams are chosen: where many needles begin alike (`-----BEGIN`), what follows tells them apart. */
function entriesOf(needles: Needles): Entry[] {
  const uses = new Map<number, number>();
  return needles.all.flatMap((bytes, needle) => {
    if (bytes.length < shortestFiltered) return [];
    const beginning = gramsOf(bytes, windowsTried);
    // A beginning of one byte only, such as zeros: whatever follows tells more.
    const grams = beginning.every((gram) => monotony(gram) > 0) ? gramsOf(bytes, bytes.length) : beginning;
    const first = rarestWindow(grams, uses);
    return Array.from({ length: stride }, (_, index) => {
      const gram = grams[first + index]!;
      uses.set(gram, (uses.get(gram) ?? 0) + 1);
      return { gram, needle, place: first + index };
    });
  });
}

function gramsOf(bytes: Uint8Array, most: number): number[] {
  const count = Math.min(bytes.length - gramLength + 1, most + stride);
  const word = new Int32Array(1);
  const inWord = new Uint8Array(word.buffer);
  return Array.from({ length: count }, (_, place) => {
    inWord.set(bytes.subarray(place, place + gramLength));
    return word[0]!;
  });
}

function rarestWindow(grams: readonly number[], uses: ReadonlyMap<number, number>): number {
  const costs = grams.map((gram) => (uses.get(gram) ?? 0) + monotony(gram));
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let first = 0; first + stride <= grams.length; first++) {
    const cost = costs[first]! + costs[first + 1]! + costs[first + 2]! + costs[first + 3]!;
    if (cost < least) [best, least] = [first, cost];
    if (cost === 0) break;
  }
  return best;
}

/** Runs of one byte (dashes, blanks, zeros) are everywhere. */
function monotony(gram: number): number {
  return gram === ((gram << 8) | (gram >>> 24)) ? 1000 : ((gram ^ (gram >>> 16)) & 0xffff) === 0 ? 100 : 0;
}

const multiplier = 0x9e3779b1 | 0;

function hash(gram: number): number {
  return Math.imul(gram, multiplier);
}

function isAt(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  const { length } = needle;
  if (start + length > bytes.length) return false;
  for (let index = 0; index < length; index++) if (bytes[start + index] !== needle[index]) return false;
  return true;
}
