import { ErrorFinder, type MissingThing, missingIn } from "./error-lines.ts";
import { LastLines } from "./last-lines.ts";

const longest = 500;
const linesBefore = 3;
const linesAfter = 11;
const linesAtEnd = 5;

/** How far a package manager is, a line each time: it would push away what was before the error. */
const progress = /^Progress: resolved \d+, reused \d+/;

/** Stands between the first error and the end, where lines are left out. */
export const leftOut = "…";

/** Keeps the lines of an output that say most when it ends badly: the first error with what is around it, and the end. */
export class TellingLines {
  readonly #count: number;
  readonly #last: LastLines;
  readonly #finder = new ErrorFinder();
  readonly #before = new LastLines(linesBefore);
  #first: { readonly at: number; readonly before: string; readonly lines: string[] } | undefined;
  #seen = 0;
  #missing: MissingThing | undefined;

  /** `count`: how many lines at most. */
  constructor(count: number) {
    this.#count = count;
    this.#last = new LastLines(count);
  }

  /** One or several lines at once. */
  push(text: string): void {
    for (const line of text.split("\n")) if (!progress.test(line)) this.#push(line);
  }

  /** What the output says was not found, the first time. */
  get missing(): MissingThing | undefined {
    return this.#missing;
  }

  /** All of it when there is little, or nothing that looks like an error: then the last lines. */
  text(): string {
    const first = this.#first;
    if (first === undefined || this.#seen - first.at + linesBefore < this.#count) return this.#last.text();
    const head = [first.before, ...first.lines].filter((text) => text !== "");
    return [...head, leftOut, this.#last.text(linesAtEnd)].join("\n");
  }

  #push(whole: string): void {
    const line = whole.length > longest ? `${whole.slice(0, longest)}…` : whole;
    this.#last.push(line);
    this.#look(line);
    this.#seen++;
  }

  #look(line: string): void {
    const first = this.#first;
    if (first !== undefined) {
      if (first.lines.length > linesAfter) return;
      first.lines.push(line);
    } else if (this.#finder.isError(line)) {
      this.#first = { at: this.#seen, before: this.#before.text(), lines: [line] };
    } else {
      this.#before.push(line);
      return;
    }
    // Only near the first error: elsewhere it may be what a test expects.
    this.#missing ??= missingIn(line);
  }
}
