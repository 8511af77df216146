import type { Emit } from "../events/event.ts";
import type { Collected } from "./collect.ts";

/** What takes no longer needs no words. */
const quietMs = 1_000;
const everyMs = 5_000;

/** Counts what was packed, and says how far it is while that takes long. */
export class Packing {
  readonly #emit: Emit;
  readonly #of: { readonly ofFiles: number; readonly ofBytes: number };
  #files = 0;
  #bytes = 0;
  #next = performance.now() + quietMs;

  constructor(found: Iterable<Collected>, emit: Emit) {
    const sizes = [...found].flatMap((one) => (one.kind === "file" ? [one.stat.size] : []));
    this.#of = { ofFiles: sizes.length, ofBytes: sizes.reduce((sum, size) => sum + size, 0) };
    this.#emit = emit;
  }

  add(bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    if (performance.now() < this.#next) return;
    this.#next = performance.now() + everyMs;
    this.#emit({ type: "releasePacking", files: this.#files, bytes: this.#bytes, ...this.#of });
  }
}
