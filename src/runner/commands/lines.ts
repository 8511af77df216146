import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut into pieces of this many UTF-16 code units, so that a program without line ends costs bounded memory. */
export const longestLine = 8192;

/** Cuts chunks of bytes into lines: characters that stand across chunks stay whole, `\r\n` counts as a line end. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #take: (line: string) => void;
  #rest = "";

  /** `take` gets each line without its line end. */
  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    this.#add(this.#decoder.write(chunk));
  }

  /** Call when the stream has ended: a last line without a line end is taken too. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#rest !== "") this.#take(withoutReturn(this.#rest));
    this.#rest = "";
  }

  #add(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#whole(this.#rest + text.slice(start, end));
      this.#rest = "";
      start = end + 1;
    }
    this.#rest += text.slice(start);
    while (this.#rest.length > longestLine) this.#rest = this.#cut(this.#rest);
  }

  #whole(line: string): void {
    let rest = withoutReturn(line);
    while (rest.length > longestLine) rest = this.#cut(rest);
    this.#take(rest);
  }

  /** Takes a piece from the front, not through the middle of a character, and returns the rest. */
  #cut(line: string): string {
    const end = /[\ud800-\udbff]/.test(line[longestLine - 1]!) ? longestLine - 1 : longestLine;
    this.#take(line.slice(0, end));
    return line.slice(end);
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
