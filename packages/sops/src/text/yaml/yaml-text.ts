import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Parser,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { limits } from "../limits.ts";
import { nothing, plainText } from "../plain.ts";
import { SyntaxProblem } from "../problems.ts";
import type { Collection, Entry, ParsedText, Span, TreeNode } from "../tree.ts";
import { TreeBuilder } from "../tree-builder.ts";
import { type Resolved, resolvePlain, resolveTagged } from "./go-yaml-scalar.ts";
import { placeComments } from "./yaml-comments.ts";
import { checkDepth, commentsOf, documentStarts } from "./yaml-tokens.ts";

/**
 * A YAML file as SOPS reads it: go-yaml's scalars, aliases in full, comments where go-yaml puts them.
 * @throws SyntaxProblem
 */
export function parseYamlText(text: string): ParsedText {
  const tokens = [...new Parser().parse(text)];
  checkDepth(tokens);
  const reader = new YamlReader(text);
  // Unknown keys are compared one by one there, which a large file makes a hang.
  const composer = new Composer({
    schema: "failsafe",
    uniqueKeys: false,
    keepSourceTokens: true,
    resolveKnownTags: false,
  });
  const documents = [...composer.compose(tokens, true, text.length)].map((document) => reader.document(document));
  return reader.finish(documents, documentStarts(tokens), commentsOf(tokens));
}

class YamlReader {
  readonly #text: string;
  readonly #builder: TreeBuilder;
  #anchors = new Map<string, Node>();
  /** Aliases under way, which may not contain themselves. */
  readonly #within = new Set<Node>();
  #hasAliases = false;
  #aliasNodes = 0;

  constructor(text: string) {
    this.#text = text;
    this.#builder = new TreeBuilder(text);
  }

  document(document: Document.Parsed): Collection {
    const [error] = document.errors;
    if (error !== undefined) throw new SyntaxProblem(error.pos[0], describe(error.code));
    this.#anchors = new Map();
    const { contents } = document;
    const end = document.range[1];
    if (contents === null || (isScalar(contents) && this.#isEmpty(contents)))
      return this.#builder.collection("map", [], { start: end, end }, false);
    const start = contents.range[0];
    const node = this.#node(contents, { start, end: start });
    if (node.kind !== "map") throw new SyntaxProblem(start, "the top must be a mapping");
    return node;
  }

  finish(documents: readonly Collection[], starts: readonly number[], comments: readonly Span[]): ParsedText {
    const placed = placeComments(this.#text, { documents, starts }, comments, this.#builder);
    return this.#builder.finish(placed, this.#hasAliases);
  }

  #isEmpty(node: Scalar.Parsed): boolean {
    return node.tag === undefined && node.type === Scalar.PLAIN && resolvePlain(node.source) === nothing;
  }

  /** `place`: where a value would stand if there is none, and where its tag or anchor begins if it has one. */
  #node(node: Node | null, place: Span): TreeNode {
    if (this.#within.size > 0) this.#countAliased(place);
    if (node === null) return this.#builder.scalar(nothing, place);
    if (isAlias(node)) return this.#alias(node.source, node.range?.[0] ?? place.start);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#map(node);
    if (isSeq(node)) return this.#list(node);
    return this.#scalar(node as Scalar.Parsed, place);
  }

  #countAliased(place: Span): void {
    this.#aliasNodes += 1;
    if (this.#aliasNodes > limits.aliasNodes) throw new SyntaxProblem(place.start, "aliases stand for too much");
  }

  #alias(name: string, offset: number): TreeNode {
    this.#hasAliases = true;
    const target = this.#anchors.get(name);
    if (target === undefined) throw new SyntaxProblem(offset, "an alias has no anchor before it");
    if (this.#within.has(target)) throw new SyntaxProblem(offset, "an alias contains itself");
    if (this.#within.size >= limits.depth) throw new SyntaxProblem(offset, `nested deeper than ${limits.depth}`);
    this.#within.add(target);
    const node = this.#node(target, { start: offset, end: offset });
    this.#within.delete(target);
    // Stands where the alias does; what is in it stands elsewhere.
    const span = { start: offset, end: offset + name.length + 1 };
    return node.kind === "scalar" ? { ...node, ...span } : { ...node, ...span, isFlow: true };
  }

  #map(node: YAMLMap): Collection {
    const seen = new Set<string | undefined>();
    const items = node.items.map((pair) => {
      const entry = this.#entry(pair as Pair<Node, Node | null>);
      if (seen.has(entry.key)) throw new SyntaxProblem(entry.span.start, "the key stands twice in its mapping");
      seen.add(entry.key);
      return entry;
    });
    const [start, end] = rangeOf(node);
    return this.#builder.collection("map", items, { start, end }, node.flow === true);
  }

  #entry(pair: Pair<Node, Node | null>): Entry {
    const source = pair.srcToken as CST.CollectionItem | undefined;
    const [keyStart, keyEnd] = rangeOf(pair.key);
    const start = propsStart(source?.start) ?? keyStart;
    const key = this.#key(pair.key, keyStart);
    const sep = source?.sep ?? [];
    const colon = sep.findLast((token) => token.type === "map-value-ind");
    const absent = colon === undefined ? keyEnd : colon.offset + 1;
    const value = this.#node(pair.value, valuePlace(pair.value, sep, absent));
    return { kind: "entry", key, span: { start, end: endOf(value) }, value };
  }

  #key(node: Node, offset: number): string {
    const target = isAlias(node) ? this.#anchors.get(node.source) : node;
    if (!isScalar(target)) throw new SyntaxProblem(offset, "only text can be a key");
    if (!isAlias(node) && target.anchor !== undefined) this.#anchors.set(target.anchor, target);
    const resolved = resolve(target as Scalar.Parsed);
    if (resolved === "unsupported" || resolved.type !== "str")
      throw new SyntaxProblem(offset, "only text can be a key (a number or a word such as true needs quotes)");
    return resolved.text;
  }

  #list(node: YAMLSeq): TreeNode {
    const source = node.srcToken as { items?: readonly CST.CollectionItem[] } | undefined;
    const [start, end] = rangeOf(node);
    const items = node.items.map((item, index): Entry => {
      if (!isNode(item)) throw new SyntaxProblem(start, "a list contains a pair without braces");
      const tokens = source?.items?.[index]?.start ?? [];
      const dash = tokens.findLast((token) => token.type === "seq-item-ind");
      const absent = dash === undefined ? rangeOf(item)[0] : dash.offset + 1;
      const value = this.#node(item, valuePlace(item, tokens, absent));
      return { kind: "entry", span: { start: dash?.offset ?? value.start, end: endOf(value) }, value };
    });
    return this.#builder.collection("list", items, { start, end }, node.flow === true);
  }

  #scalar(node: Scalar.Parsed, place: Span): TreeNode {
    const resolved = resolve(node);
    if (resolved === "unsupported")
      throw new SyntaxProblem(node.range[0], "a value is of a kind that SOPS does not have");
    const token = node.srcToken;
    const [start, end] = rangeOf(node);
    if (token?.type !== "block-scalar")
      return this.#builder.scalar(resolved, start === end ? place : { start: place.start, end });
    const header = token.props.find((prop) => prop.type === "block-scalar-header") as CST.SourceToken;
    const headerEnd = header.offset + header.source.length;
    const body = { start: this.#text.indexOf("\n", headerEnd) + 1 || end, end };
    return this.#builder.scalar(resolved, { start: place.start, end: headerEnd }, body);
  }
}

/** Where the text of a node ends, which for a block scalar is the end of its lines. */
function endOf(node: TreeNode): number {
  return node.kind === "scalar" ? (node.body?.end ?? node.end) : node.end;
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);
}

function rangeOf(node: Node): readonly [start: number, end: number] {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
}

/** Where the tag or anchor of a node begins that stands in these tokens. */
function propsStart(tokens: readonly CST.SourceToken[] = []): number | undefined {
  return tokens.find(({ type }) => type === "anchor" || type === "tag" || type === "explicit-key-ind")?.offset;
}

function valuePlace(node: Node | null, tokens: readonly CST.SourceToken[], absent: number): Span {
  const [start, end] = node === null ? [absent, absent] : rangeOf(node);
  const props = tokens.find(({ type }) => type === "anchor" || type === "tag")?.offset;
  if (start !== end) return { start: props ?? start, end };
  const last = tokens.findLast(({ type }) => type === "anchor" || type === "tag");
  return last === undefined
    ? { start: absent, end: absent }
    : { start: props ?? absent, end: last.offset + last.source.length };
}

function resolve(node: Scalar.Parsed): Resolved {
  const source = String(node.value ?? "");
  const tag = node.tag?.startsWith("tag:yaml.org,2002:") ? node.tag.slice("tag:yaml.org,2002:".length) : node.tag;
  if (tag !== undefined && tag !== "!") return resolveTagged(tag, source);
  // A plain scalar with "!" is resolved as if it had no tag there.
  return node.type === Scalar.PLAIN ? resolvePlain(source) : plainText(source);
}

function describe(code: string): string {
  return `not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`;
}
