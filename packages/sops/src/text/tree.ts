import type { Plain } from "./plain.ts";

/** A file as a tree over its text: SOPS's own `TreeBranch`, with the places where everything stands. */
export type TreeNode = Collection | ScalarNode;

/** Offsets into the text, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value, as it stands in the text. */
export interface ScalarNode extends Span {
  readonly kind: "scalar";
  /** The lines of a YAML block scalar; the span is then that of its header. */
  readonly body?: Span;
  /** What stands there, `ENC[…]` being a `str` as any other. */
  readonly plain: Plain;
  /** Position in `ParsedText.scalars`. */
  readonly index: number;
}

/** A comment of its own line or behind something. */
export interface CommentNode extends Span {
  readonly kind: "comment";
  /** Behind the `#`, which is not in the span. */
  readonly text: string;
  readonly index: number;
}

/** A pair of a mapping or an item of a list, which has no key. */
export interface Entry {
  readonly kind: "entry";
  readonly key?: string;
  /** From the key or the dash to the end of the value. */
  readonly span: Span;
  readonly value: TreeNode;
}

/** A mapping or a list. */
export interface Collection extends Span {
  readonly kind: "map" | "list";
  readonly items: readonly (Entry | CommentNode)[];
  /** `{…}` or `[…]` rather than lines. */
  readonly isFlow: boolean;
}

/** A text with everything in it found. */
export interface ParsedText {
  readonly text: string;
  readonly documents: readonly Collection[];
  /** Every scalar and comment, in the order of the walk. */
  readonly scalars: readonly ScalarNode[];
  readonly comments: readonly CommentNode[];
  /** Aliases were expanded: places in the text stand for several in the tree, and cannot be changed one by one. */
  readonly hasAliases: boolean;
}

/** What a walk meets; the path of a comment is that of the collection it stands in. */
export interface Visit<Node extends ScalarNode | CommentNode> {
  readonly node: Node;
  readonly document: number;
  readonly path: readonly (string | number)[];
  /** The keys of the path: SOPS does not count list indices. */
  readonly keys: readonly string[];
  /** Comments above the node and its ancestors, outermost first. As of the visit: copy it to keep it. */
  readonly above: readonly (readonly number[])[];
}

/** Is told of everything that a walk meets. */
export interface Visitor {
  scalar(visit: Visit<ScalarNode>): void;
  comment(visit: Visit<CommentNode>): void;
  /** A collection without entries. */
  empty?(path: readonly (string | number)[], document: number, kind: "map" | "list"): void;
}

/** Depth first, in the order of the file, as SOPS walks. Source: getsops/sops `sops.go`, `walkBranch`, `walkSlice`. */
export function walkTree(documents: readonly Collection[], visitor: Visitor): void {
  for (const [document, root] of documents.entries()) new Walk(visitor, document).collection(root, [], [], []);
}

type Path = Visit<ScalarNode>["path"];
type Above = Visit<ScalarNode>["above"];

class Walk {
  readonly #visitor: Visitor;
  readonly #document: number;

  constructor(visitor: Visitor, document: number) {
    this.#visitor = visitor;
    this.#document = document;
  }

  collection(node: Collection, path: Path, keys: readonly string[], stack: Above): void {
    let active: number[] = [];
    let position = 0;
    for (const item of node.items) {
      if (item.kind === "comment") {
        active.push(item.index);
        const above = [...stack, active];
        this.#visitor.comment({ node: item, document: this.#document, path, keys, above });
        continue;
      }
      const below = item.key === undefined ? keys : [...keys, item.key];
      this.#value(item.value, [...path, item.key ?? position], below, [...stack, active]);
      active = [];
      if (!isCommentItem(item)) position += 1;
    }
    if (position === 0) this.#visitor.empty?.(path, this.#document, node.kind);
  }

  #value(node: TreeNode, path: Path, keys: readonly string[], above: Above): void {
    if (node.kind !== "scalar") this.collection(node, path, keys, above);
    else this.#visitor.scalar({ node, document: this.#document, path, keys, above });
  }
}

/** The entries without the comments between them. */
export function entriesOf(node: Collection): Entry[] {
  return node.items.filter((item) => item.kind === "entry");
}

/** Where a step of a path leads; in a list, comments are not counted. */
export function findEntry(node: TreeNode | undefined, step: string | number): Entry | undefined {
  if (node === undefined || node.kind === "scalar") return undefined;
  if (node.kind === "map") return entriesOf(node).find(({ key }) => key === step);
  return typeof step === "number" ? itemsOf(node)[step] : undefined;
}

/** The items of a list without its comments. */
export function itemsOf(node: Collection): Entry[] {
  return entriesOf(node).filter((item) => !isCommentItem(item));
}

/** SOPS writes the comments of lists as encrypted items. */
export function isCommentItem({ key, value }: Entry): boolean {
  if (key !== undefined || value.kind !== "scalar") return false;
  return value.plain.text.startsWith("ENC[") && value.plain.text.endsWith(",type:comment]");
}

/** What is bound to an encrypted value so that it cannot be moved: its keys, each with a colon behind it. */
export function aadOf(keys: readonly string[]): string {
  return `${keys.join(":")}:`;
}
