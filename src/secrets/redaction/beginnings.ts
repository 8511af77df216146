import type { Needles } from "./needles.ts";

/** Takes a place where some needle may begin. */
export type Candidate = (at: number) => void;

/** From so far before the end on only needles that are longer count; those are few, and known by more bytes. */
const nearEnd = 128;
const nearGram = 4;
const farGram = 8;

/**
 * Knows by what needles begin, for finding the places near the end of some bytes where one may have begun that is not
 * complete. Says "maybe" where it is not so, never "no" where it is.
 */
export class Beginnings {
  readonly #longest: number;
  /** 1 where the hash of the first four bytes of some needle is; as long as a power of two. */
  readonly #near: Uint8Array;
  /** The same for the first eight bytes of needles that are longer than `nearEnd`. */
  readonly #far: Uint8Array;

  constructor(needles: Needles) {
    this.#longest = needles.longest;
    this.#near = tableOf(needles.all.filter(({ length }) => length >= nearGram).map((bytes) => wordAt(bytes, 0)));
    const long = needles.all.filter(({ length }) => length > nearEnd);
    this.#far = tableOf(long.map((bytes) => mix(wordAt(bytes, 0), wordAt(bytes, 4))));
  }

  /** The places in their order. Fewer bytes than tell anything are candidates. */
  find(bytes: Uint8Array, candidate: Candidate): void {
    const { length } = bytes;
    const near = Math.max(0, length - nearEnd);
    const far = Math.max(0, length - this.#longest + 1);
    if (far < near) this.#findFar(bytes, far, near, candidate);
    this.#findNear(bytes, Math.max(near, far), candidate);
  }

  #findFar(bytes: Uint8Array, from: number, to: number, candidate: Candidate): void {
    const table = this.#far;
    const shift = shiftOf(table);
    let first = wordAt(bytes, from);
    let second = wordAt(bytes, from + 4);
    for (let at = from; at < to; at++) {
      if (table[hash(mix(first, second)) >>> shift] === 1) candidate(at);
      first = (first >>> 8) | (second << 24);
      second = (second >>> 8) | (bytes[at + farGram]! << 24);
    }
  }

  #findNear(bytes: Uint8Array, from: number, candidate: Candidate): void {
    const table = this.#near;
    const shift = shiftOf(table);
    const last = bytes.length - nearGram;
    let at = from;
    for (; at <= last; at++) if (table[hash(wordAt(bytes, at)) >>> shift] === 1) candidate(at);
    for (; at < bytes.length; at++) candidate(at);
  }
}

const fewestBits = 10;
const mostBits = 20;

function tableOf(keys: readonly number[]): Uint8Array {
  const wanted = Math.ceil(Math.log2(keys.length * 16 + 1));
  const table = new Uint8Array(2 ** Math.min(mostBits, Math.max(fewestBits, wanted)));
  const shift = shiftOf(table);
  for (const key of keys) table[hash(key) >>> shift] = 1;
  return table;
}

function shiftOf({ length }: Uint8Array): number {
  return Math.clz32(length) + 1;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function hash(word: number): number {
  return Math.imul(word, 0x9e3779b1 | 0);
}

function mix(first: number, second: number): number {
  return (Math.imul(first, 0x85ebca6b | 0) + second) | 0;
}
