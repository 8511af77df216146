import { writeSync } from "node:fs";
import type { Writer } from "../writer.ts";
import { foldLine } from "./fold.ts";
import { textWidth } from "./text-width.ts";

const controlSequence = "\u001b[";
const hideCursor = `${controlSequence}?25l`;
const showCursor = `${controlSequence}?25h`;
const clearLine = `${controlSequence}2K`;
const clearBelow = `${controlSequence}J`;

/**
 * The last lines of a terminal, redrawn in place. What is printed above them stays. The cursor is hidden meanwhile
 * and comes back with `close`, or at the latest when the process exits.
 */
export class TerminalRegion {
  readonly #out: Writer;
  #drawn: readonly string[] = [];
  #isOpen = false;
  readonly #restore = () => restoreCursor();

  constructor(out: Writer) {
    this.#out = out;
  }

  /** Prints `above` for good, folded, and draws `lines` below it, which must fit the width. */
  draw(above: readonly string[], lines: readonly string[]): void {
    if (!this.#isOpen) this.#open();
    const printed = above.flatMap((line) => foldLine(line, this.#out.columns));
    const text = [...printed, ...lines].map((line) => `${clearLine}${line}\n`).join("");
    this.#out.verbatim(`${this.#home()}${text}${clearBelow}`);
    this.#drawn = lines;
  }

  /** Takes the lines away. Idempotent; `draw` opens it again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#out.verbatim(`${this.#home()}${clearBelow}${showCursor}`);
    this.#drawn = [];
    process.off("exit", this.#restore);
  }

  #open(): void {
    this.#isOpen = true;
    this.#out.verbatim(hideCursor);
    process.on("exit", this.#restore);
  }

  /** To the first line of what was drawn. A window made narrower since has wrapped lines. */
  #home(): string {
    const columns = this.#out.columns;
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
    return rows === 0 ? "\r" : `\r${controlSequence}${rows}A`;
  }
}

/** On exit nothing asynchronous is written any more. */
function restoreCursor(): void {
  try {
    writeSync(2, showCursor);
  } catch {
    // The terminal has gone, and its cursor with it.
  }
}
