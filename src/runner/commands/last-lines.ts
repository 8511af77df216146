const longestShown = 500;

/** Keeps the last lines of an output, to be shown when it ends badly. */
export class LastLines {
  readonly #count: number;
  readonly #lines: string[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  push(line: string): void {
    this.#lines.push(line.length > longestShown ? `${line.slice(0, longestShown)}…` : line);
    if (this.#lines.length > this.#count * 2) this.#lines.splice(0, this.#lines.length - this.#count);
  }

  text(count = this.#count): string {
    return this.#lines.slice(-count).join("\n").trim();
  }
}
