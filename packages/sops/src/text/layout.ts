import { isBeforeComment } from "./columns.ts";
import type { Plain } from "./plain.ts";
import type { Splice } from "./splice.ts";
import type { Collection, Entry, ParsedText, ScalarNode } from "./tree.ts";
import type { PlainValue } from "./value.ts";

/** How the text of a format is read and changed; everything that is not changed stays as it is. */
export interface Layout {
  /** @throws SyntaxProblem */
  parse(text: string): ParsedText;
  /** A plaintext scalar in the place of one. @throws ChangeProblem */
  scalar(plain: Plain, place: ScalarPlace): WrittenScalar;
  /** `ENC[…]` in the place of a scalar. */
  encrypted(stored: string, place: ScalarPlace): string;
  /** One more entry at the end of a collection; without a key in a list. @throws ChangeProblem */
  add(parsed: ParsedText, collection: Collection, key: string | undefined, value: PlainValue): Splice;
  /** Another value in an entry. @throws ChangeProblem */
  replace(parsed: ParsedText, collection: Collection, entry: Entry, value: PlainValue): Splice;
  remove(parsed: ParsedText, collection: Collection, entry: Entry): Splice;
  /** The text with everything in full that aliases stand for. */
  expandAliases(text: string): string;
}

/** A scalar on its line, and for a block scalar the lines below it, each with its line break. */
export interface WrittenScalar {
  readonly head: string;
  readonly body?: string;
  /** All of it on one line, for where a body cannot stand. */
  readonly flat?: string;
}

/** What decides how a scalar may be written. */
export interface ScalarPlace {
  readonly isInFlow: boolean;
  /** The column of the key or the dash in front of it. */
  readonly column: number;
}

/** The places of all scalars, by their index. */
export function scalarPlaces({ text, documents }: ParsedText): readonly ScalarPlace[] {
  const places: ScalarPlace[] = [];
  const lineStarts = new LineStarts(text);
  const visit = (node: Collection, isInFlow: boolean) => {
    for (const item of node.items) {
      if (item.kind === "comment") continue;
      const place = { isInFlow, column: item.span.start - lineStarts.before(item.span.start) };
      if (item.value.kind === "scalar") places[item.value.index] = place;
      else visit(item.value, isInFlow || item.value.isFlow);
    }
  };
  for (const document of documents) visit(document, document.isFlow);
  return places;
}

/** Finds where lines begin for offsets that come in their order. */
class LineStarts {
  readonly #text: string;
  #start = 0;

  constructor(text: string) {
    this.#text = text;
  }

  before(offset: number): number {
    if (offset < this.#start) this.#start = 0;
    for (
      let next = this.#text.indexOf("\n", this.#start);
      next !== -1 && next < offset;
      next = this.#text.indexOf("\n", this.#start)
    ) {
      this.#start = next + 1;
    }
    return this.#start;
  }
}

/** Puts a written scalar where one stood, its lines included. */
export function placeScalar(text: string, node: ScalarNode, { head, body, flat }: WrittenScalar): Splice[] {
  const needsSpace = node.start === node.end && /\S/.test(text[node.start - 1] ?? " ") && text[node.start - 1] !== "=";
  const isSwallowing = body !== undefined && isBeforeComment(text, node.body?.end ?? node.end, body.search(/\S/));
  if (isSwallowing && flat !== undefined) return placeScalar(text, node, { head: flat });
  const splices: Splice[] = [{ start: node.start, end: node.end, text: needsSpace ? ` ${head}` : head }];
  if (node.body !== undefined) return [...splices, { ...node.body, text: body ?? "" }];
  if (body === undefined) return splices;
  const found = text.indexOf("\n", node.end);
  const position = found === -1 ? text.length : found + 1;
  return [...splices, { start: position, end: position, text: found === -1 ? `\n${body}` : body }];
}
