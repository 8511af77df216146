import { StringDecoder } from "node:string_decoder";
import type { Secret } from "../secret.ts";
import { type ByteRedactor, createByteRedactor } from "./byte-redactor.ts";
import { searchFor } from "./search.ts";

/** Takes text in pieces and gives it back with every secret hidden. */
export interface Redactor {
  /** What can be shown so far; the beginning of a secret is held back until the rest has come, or has not. */
  push(text: string): string;
  /** The end of the text: what was held back. Begins anew: the next text is another one. */
  flush(): string;
  /** As of `ByteRedactor`, in UTF-16 code units. */
  readonly unsettled: number;
}

/** `createByteRedactor` for text. Halves of surrogate pairs that stay alone come out as U+FFFD. */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  if (searchFor(secrets) === undefined) return { push: (text) => text, flush: () => "", unsettled: 0 };
  return new TextRedactor(createByteRedactor(secrets));
}

class TextRedactor implements Redactor {
  readonly #bytes: ByteRedactor;
  readonly #decoder = new StringDecoder("utf8");
  /** The first half of a surrogate pair whose second half is still to come. */
  #half = "";
  /** The last bytes taken: those that are not settled. */
  #last = Buffer.alloc(0);

  constructor(bytes: ByteRedactor) {
    this.#bytes = bytes;
  }

  push(text: string): string {
    const all = this.#half + text;
    this.#half = /[\ud800-\udbff]$/.exec(all)?.[0] ?? "";
    return this.#take(this.#half === "" ? all : all.slice(0, -1));
  }

  flush(): string {
    const half = this.#take(this.#half);
    this.#half = "";
    this.#last = Buffer.alloc(0);
    return half + this.#decoder.write(this.#bytes.flush()) + this.#decoder.end();
  }

  get unsettled(): number {
    return this.#last.toString("utf8").length + this.#half.length;
  }

  #take(text: string): string {
    const bytes = Buffer.from(text, "utf8");
    const shown = this.#decoder.write(this.#bytes.push(bytes));
    const { unsettled } = this.#bytes;
    const all = unsettled > bytes.length ? Buffer.concat([this.#last, bytes]) : bytes;
    this.#last = all.subarray(all.length - unsettled);
    return shown;
  }
}

/** A whole text with every secret hidden. */
export function redactText(text: string, secrets: readonly Secret[]): string {
  const search = searchFor(secrets);
  if (search === undefined || text === "") return text;
  const redactor = createRedactor(secrets);
  return redactor.push(text) + redactor.flush();
}

/** The same data with every secret in its strings hidden, also in the names of keys. */
export function redactDeep<T>(value: T, secrets: readonly Secret[]): T {
  return searchFor(secrets) === undefined ? value : (walk(value, (text) => redactText(text, secrets)) as T);
}

function walk(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, redact));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), walk(item, redact)]));
}
