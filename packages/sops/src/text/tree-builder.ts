import type { Plain } from "./plain.ts";
import type { Collection, CommentNode, ParsedText, ScalarNode, Span } from "./tree.ts";

/** Numbers the scalars and comments of a tree in the making. */
export class TreeBuilder {
  readonly #text: string;
  readonly #scalars: ScalarNode[] = [];
  readonly #comments: CommentNode[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  scalar(plain: Plain, span: Span, body?: Span): ScalarNode {
    const node: ScalarNode = {
      kind: "scalar",
      plain,
      start: span.start,
      end: span.end,
      index: this.#scalars.length,
      ...(body && { body }),
    };
    this.#scalars.push(node);
    return node;
  }

  /** `span`: from the `#` to the end. */
  comment({ start, end }: Span): CommentNode {
    const text = this.#text.slice(start + 1, end);
    const node: CommentNode = { kind: "comment", text, start: start + 1, end, index: this.#comments.length };
    this.#comments.push(node);
    return node;
  }

  collection(kind: Collection["kind"], items: Collection["items"], { start, end }: Span, isFlow: boolean): Collection {
    return { kind, items, start, end, isFlow };
  }

  finish(documents: readonly Collection[], hasAliases = false): ParsedText {
    return { text: this.#text, documents, scalars: this.#scalars, comments: this.#comments, hasAliases };
  }
}
