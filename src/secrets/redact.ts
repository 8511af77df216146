import { formsOf } from "./encodings.ts";
import { Matcher } from "./matcher.ts";
import type { Secret } from "./secret.ts";

const mark = "[secret]";

/** Takes text in pieces and gives it back with every secret hidden. */
export interface Redactor {
  /** What can be shown so far; the beginning of a secret is held back until the rest has come, or has not. */
  push(text: string): string;
  /** The end of the text: what was held back. */
  flush(): string;
}

/**
 * Hides the values in their usual encodings (see `formsOf`), also when they are cut by the pieces, overlap, or one is
 * part of another: no character of an occurrence is ever shown. Holds back less than the longest form.
 */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  const forms = secrets.flatMap(formsOf);
  if (forms.length === 0) return { push: (text) => text, flush: () => "" };
  return new CoveringRedactor(new Matcher(forms));
}

export function redactText(text: string, secrets: readonly Secret[]): string {
  const redactor = createRedactor(secrets);
  return redactor.push(text) + redactor.flush();
}

/** A stretch of the held text that belongs to secrets. Offsets count from the beginning of what is held. */
interface Cover {
  start: number;
  end: number;
  /** Its mark was shown when its first part was let go. */
  marked: boolean;
}

class CoveringRedactor implements Redactor {
  readonly #matcher: Matcher;
  #held = "";
  #covers: Cover[] = [];

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  push(text: string): string {
    const before = this.#held.length;
    this.#held += text;
    for (let index = 0; index < text.length; index++) {
      const length = this.#matcher.step(text.charCodeAt(index));
      if (length > 0) this.#cover(before + index + 1 - length, before + index + 1);
    }
    return this.#release(this.#held.length - this.#matcher.pending);
  }

  flush(): string {
    this.#matcher.reset();
    return this.#release(this.#held.length);
  }

  /** Ends only grow, so what a new cover touches is at the end of the list. */
  #cover(start: number, end: number): void {
    const cover: Cover = { start, end, marked: false };
    for (let last = this.#covers.at(-1); last !== undefined && last.end >= cover.start; last = this.#covers.at(-1)) {
      cover.start = Math.min(cover.start, last.start);
      cover.marked ||= last.marked;
      this.#covers.pop();
    }
    this.#covers.push(cover);
  }

  #release(until: number): string {
    let shown = "";
    let at = 0;
    for (const cover of this.#covers) {
      if (cover.start >= until) break;
      shown += this.#held.slice(at, cover.start) + (cover.marked ? "" : mark);
      cover.marked = true;
      at = Math.min(cover.end, until);
    }
    shown += this.#held.slice(at, until);
    this.#forget(until);
    return shown;
  }

  #forget(count: number): void {
    this.#held = this.#held.slice(count);
    const left = this.#covers.filter(({ end }) => end > count);
    this.#covers = left.map(({ start, end, marked }) => ({
      start: Math.max(0, start - count),
      end: end - count,
      marked,
    }));
  }
}
