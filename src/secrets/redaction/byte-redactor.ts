import type { Secret } from "../secret.ts";
import { Covers } from "./covers.ts";
import { HeldBytes } from "./held-bytes.ts";
import { Occurrences, type SecretSearch, searchFor } from "./search.ts";

/** Takes bytes in pieces and gives them back with every secret hidden. */
export interface ByteRedactor {
  /**
   * What can be shown so far; the beginning of a secret is held back until the rest has come, or has not. The answer may
   * be a view of what was given: use it before that is changed.
   */
  push(bytes: Uint8Array): Buffer;
  /** The end: what was held back. Begins anew: what comes next is something else. */
  flush(): Buffer;
  /**
   * How many of the last bytes taken are not settled: what comes may make them part of a secret. What was taken may be
   * cut before them: both parts, each through a redactor from its beginning, come out as the whole does.
   */
  readonly unsettled: number;
}

const mark = Buffer.from("[secret]");
const nothing = Buffer.alloc(0);

/**
 * Hides the values in their usual encodings (see `formsOf`), also when they are cut by the pieces, overlap, or one is
 * part of another: no byte of an occurrence is ever shown. Everything else comes out byte for byte, whether or not it is
 * text. Holds back less than the longest form.
 */
export function createByteRedactor(secrets: readonly Secret[]): ByteRedactor {
  const search = searchFor(secrets);
  return search === undefined ? { push: asBuffer, flush: () => nothing, unsettled: 0 } : new CoveringRedactor(search);
}

class CoveringRedactor implements ByteRedactor {
  readonly #search: SecretSearch;
  readonly #occurrences: Occurrences;
  readonly #held = new HeldBytes();
  readonly #covers = new Covers();
  /** Where the held bytes begin. */
  #shown = 0;

  constructor(search: SecretSearch) {
    this.#search = search;
    this.#occurrences = new Occurrences(search);
  }

  push(bytes: Uint8Array): Buffer {
    this.#occurrences.push(bytes, (needle, start) => {
      this.#covers.add(start, start + this.#search.needles.lengthOf(needle));
    });
    const { safe } = this.#occurrences;
    const end = this.#shown + this.#held.length + bytes.length;
    if (safe === end && this.#held.length === 0 && this.#covers.isEmpty) {
      this.#shown = end;
      return asBuffer(bytes);
    }
    return this.#release(bytes, safe);
  }

  flush(): Buffer {
    this.#occurrences.reset();
    const rest = this.#release(nothing, this.#shown + this.#held.length);
    this.#covers.forgetUntil(Number.POSITIVE_INFINITY);
    return rest;
  }

  get unsettled(): number {
    const start = Math.min(this.#shown, this.#covers.start ?? this.#shown);
    return this.#shown + this.#held.length - start;
  }

  /** What comes before `until`, of the held bytes and the new ones; the rest is held. */
  #release(bytes: Uint8Array, until: number): Buffer {
    const parts: Uint8Array[] = [];
    let at = this.#shown;
    for (const cover of this.#covers.all()) {
      if (cover.start >= until) break;
      if (cover.end <= at) continue;
      if (cover.start > at) this.#take(parts, bytes, at, cover.start);
      if (!cover.marked) parts.push(mark);
      cover.marked = true;
      at = Math.min(cover.end, until);
    }
    this.#take(parts, bytes, at, until);
    this.#hold(bytes, until);
    this.#covers.forgetUntil(until);
    return parts.length === 1 ? asBuffer(parts[0]!) : Buffer.concat(parts);
  }

  #take(parts: Uint8Array[], bytes: Uint8Array, start: number, end: number): void {
    const border = this.#shown + this.#held.length;
    if (start < Math.min(end, border))
      parts.push(this.#held.copy(start - this.#shown, Math.min(end, border) - this.#shown));
    if (end > Math.max(start, border)) parts.push(bytes.subarray(Math.max(start, border) - border, end - border));
  }

  #hold(bytes: Uint8Array, until: number): void {
    const border = this.#shown + this.#held.length;
    this.#held.drop(Math.min(until, border) - this.#shown);
    this.#held.append(bytes.subarray(Math.max(0, until - border)));
    this.#shown = until;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
