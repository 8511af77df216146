import { limits } from "../limits.ts";
import { fitsInt64, formatFloat, nothing, type Plain, plainText } from "../plain.ts";
import { SyntaxProblem } from "../problems.ts";
import type { Entry, ParsedText, TreeNode } from "../tree.ts";
import { TreeBuilder } from "../tree-builder.ts";

/**
 * A JSON file with the places of everything in it. Integers of 64 bits stay exact, as in SOPS since 3.13.2.
 * @throws SyntaxProblem
 */
export function parseJsonText(text: string): ParsedText {
  return new JsonReader(text).read();
}

const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;

class JsonReader {
  readonly #text: string;
  readonly #builder: TreeBuilder;
  #offset = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#builder = new TreeBuilder(text);
  }

  read(): ParsedText {
    this.#skip();
    const root = this.#value();
    if (root.kind !== "map") throw new SyntaxProblem(0, "the top must be an object");
    this.#skip();
    if (this.#offset < this.#text.length) throw this.#problem("something follows the object");
    return this.#builder.finish([root]);
  }

  #value(): TreeNode {
    const first = this.#text[this.#offset];
    if (first === "{") return this.#nested(() => this.#map());
    if (first === "[") return this.#nested(() => this.#list());
    const start = this.#offset;
    const plain = first === '"' ? plainText(this.#string()) : (this.#word() ?? this.#number());
    return this.#builder.scalar(plain, { start, end: this.#offset });
  }

  #nested(read: () => TreeNode): TreeNode {
    this.#depth += 1;
    if (this.#depth > limits.depth) throw this.#problem(`nested deeper than ${limits.depth}`);
    const node = read();
    this.#depth -= 1;
    return node;
  }

  #map(): TreeNode {
    const start = this.#offset;
    const items: Entry[] = [];
    const seen = new Set<string | undefined>();
    this.#members("}", () => {
      const entry = this.#entry();
      if (seen.has(entry.key)) throw new SyntaxProblem(entry.span.start, "the key stands twice in its object");
      seen.add(entry.key);
      items.push(entry);
    });
    return this.#builder.collection("map", items, { start, end: this.#offset }, true);
  }

  #entry(): Entry {
    const start = this.#offset;
    if (this.#text[start] !== '"') throw this.#problem("a key is expected");
    const key = this.#string();
    this.#skip();
    this.#expect(":");
    this.#skip();
    const value = this.#value();
    return { kind: "entry", key, span: { start, end: this.#offset }, value };
  }

  #list(): TreeNode {
    const start = this.#offset;
    const items: Entry[] = [];
    this.#members("]", () => {
      const first = this.#offset;
      const value = this.#value();
      items.push({ kind: "entry", span: { start: first, end: this.#offset }, value });
    });
    return this.#builder.collection("list", items, { start, end: this.#offset }, true);
  }

  #members(close: string, read: () => void): void {
    this.#offset += 1;
    this.#skip();
    if (this.#text[this.#offset] === close) {
      this.#offset += 1;
      return;
    }
    for (;;) {
      read();
      this.#skip();
      if (this.#text[this.#offset] === close) break;
      this.#expect(",");
      this.#skip();
    }
    this.#offset += 1;
  }

  #string(): string {
    const start = this.#offset;
    const end = closingQuote(this.#text, start) + 1;
    try {
      const value = JSON.parse(this.#text.slice(start, end)) as string;
      this.#offset = end;
      // As Go reads them: half of a surrogate pair is no character.
      return value.toWellFormed();
    } catch {
      // The parser's message quotes what it could not read.
      throw this.#problem("a string is not valid");
    }
  }

  #word(): Plain | undefined {
    const words: readonly [string, Plain][] = [
      ["true", { type: "bool", text: "True" }],
      ["false", { type: "bool", text: "False" }],
      ["null", nothing],
    ];
    const found = words.find(([word]) => this.#text.startsWith(word, this.#offset));
    if (found !== undefined) this.#offset += found[0].length;
    return found?.[1];
  }

  #number(): Plain {
    const start = this.#offset;
    const token = this.#match(number);
    if (token === undefined) throw this.#problem("a value is expected");
    if (/^-?\d{1,19}$/.test(token) && fitsInt64(BigInt(token))) return { type: "int", text: `${BigInt(token)}` };
    const value = Number(token);
    if (!Number.isFinite(value)) throw new SyntaxProblem(start, "a number is too large");
    return { type: "float", text: formatFloat(value) };
  }

  #skip(): void {
    this.#match(space);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const token = pattern.exec(this.#text)?.[0];
    if (token !== undefined) this.#offset += token.length;
    return token;
  }

  #expect(character: string): void {
    if (this.#text[this.#offset] !== character) throw this.#problem(`${character} is expected`);
    this.#offset += 1;
  }

  #problem(message: string): SyntaxProblem {
    return new SyntaxProblem(this.#offset, message);
  }
}

/** Not with a regular expression: one that knows escapes runs out of stack in a long string. The text's end: there is none. */
function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === "\\") at++;
  }
  return text.length;
}
