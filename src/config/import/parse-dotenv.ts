/** A variable of a dotenv file. */
export interface DotenvEntry {
  readonly key: string;
  readonly value: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** What a reader should know: nothing of a value is in it. */
export interface DotenvRemark {
  readonly line: number;
  readonly remark: /** The line is neither a variable nor a comment. */
    | "notUnderstood"
    /** A quote is opened and never closed; the line was taken as it stands. */
    | "unclosedQuote"
    /** The value has lines that look like variables: the quote that ends it may be another one's. */
    | "variablesInside"
    /** The variable was there before; this one counts. */
    | "again"
    /** `$NAME` or `${NAME}` stays as it is: what it stands for is not known here. */
    | "reference";
  readonly key?: string;
}

/** What a dotenv file says. */
export interface Dotenv {
  /** In the order of the file, each key once. */
  readonly entries: readonly DotenvEntry[];
  readonly remarks: readonly DotenvRemark[];
}

/** A variable's beginning: `export` or not, spaces around the `=` or not, `KEY: value` as some write it. */
const assignment = /[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*(?:=|:(?=[^\S\n]|\n|$))[^\S\n]*/y;

/**
 * Reads what is called dotenv, in the dialects there are: `export`, spaces around `=`, single, double and back quotes, values
 * over several lines in quotes, `\n` and the like in double quotes, comments behind a value, CR LF, a byte order mark.
 * Never fails: what it does not understand it says by line.
 */
export function parseDotenv(text: string): Dotenv {
  const reader = new DotenvReader(text.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n"));
  return reader.read();
}

class DotenvReader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  readonly #entries = new Map<string, DotenvEntry>();
  readonly #remarks: DotenvRemark[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): Dotenv {
    while (this.#at < this.#text.length) this.#readLine();
    return { entries: [...this.#entries.values()], remarks: this.#remarks };
  }

  #readLine(): void {
    assignment.lastIndex = this.#at;
    const [beginning, key] = assignment.exec(this.#text) ?? [];
    if (beginning === undefined || key === undefined) {
      this.#skipLine();
    } else {
      this.#advance(beginning.length);
      this.#readValue(key);
    }
  }

  #skipLine(): void {
    const rest = this.#restOfLine();
    if (!/^\s*(#.*)?$/.test(rest)) this.#remarks.push({ line: this.#line, remark: "notUnderstood" });
    this.#advance(rest.length + 1);
  }

  #readValue(key: string): void {
    const line = this.#line;
    const quoted = this.#quoted(key);
    const rest = this.#restOfLine();
    const value = quoted?.value ?? bare(rest);
    this.#advance(rest.length + 1);
    if (/\n\s*(export\s+)?[A-Z_][A-Z0-9_]*=/.test(value)) this.#remarks.push({ line, remark: "variablesInside", key });
    if (this.#entries.has(key)) this.#remarks.push({ line, remark: "again", key });
    if (quoted?.quote !== "'" && /\$\{?[A-Za-z_]/.test(value)) this.#remarks.push({ line, remark: "reference", key });
    this.#entries.set(key, { key, value, line });
  }

  /** A value in quotes, behind which at most a comment stands; `undefined` when there is none. */
  #quoted(key: string): { readonly value: string; readonly quote: string } | undefined {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'" && quote !== "`") return undefined;
    const end = closing(this.#text, this.#at, quote);
    if (end === undefined) {
      this.#remarks.push({ line: this.#line, remark: "unclosedQuote", key });
      return undefined;
    }
    const inside = this.#text.slice(this.#at + 1, end);
    this.#advance(end + 1 - this.#at);
    return { value: quote === '"' ? unescaped(inside) : inside, quote };
  }

  #restOfLine(): string {
    const end = this.#text.indexOf("\n", this.#at);
    return this.#text.slice(this.#at, end === -1 ? undefined : end);
  }

  #advance(count: number): void {
    for (let left = count; left > 0; left--) if (this.#text[this.#at++] === "\n") this.#line++;
  }
}

/**
 * Where the quote ends: only a comment may follow on its line. A quote with more behind it is part of the value, if another
 * one on the same line ends it.
 */
function closing(text: string, from: number, quote: string): number | undefined {
  let limit = text.length;
  for (let at = text.indexOf(quote, from + 1); at !== -1 && at < limit; at = text.indexOf(quote, at + 1)) {
    if (quote === '"' && isEscaped(text, at)) continue;
    const end = lineEnd(text, at);
    if (/^\s*(#|$)/.test(text.slice(at + 1, end))) return at;
    limit = Math.min(limit, end);
  }
  return undefined;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ['"', '"'],
  ["\\", "\\"],
  ["$", "$"],
]);

function unescaped(inside: string): string {
  return inside.replaceAll(/\\([nrt"\\$])/g, (_, mark: string) => escapes.get(mark) ?? mark);
}

/** A `#` begins a comment only behind a space: it may be part of a value. */
function bare(rest: string): string {
  return rest.replace(/(^|\s)#[\s\S]*$/, "").trim();
}
