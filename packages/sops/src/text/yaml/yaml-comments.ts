import { lineStart } from "../columns.ts";
import type { Collection, CommentNode, Entry, Span, TreeNode } from "../tree.ts";
import type { TreeBuilder } from "../tree-builder.ts";
import { type CommentPlace, countBefore, entryBefore, placeIn } from "./yaml-comment-place.ts";
import { placeHead, placeRun } from "./yaml-comment-run.ts";

/** The documents of a text, and where each begins. */
export interface PlacedDocuments {
  readonly documents: readonly Collection[];
  readonly starts: readonly number[];
}

/**
 * Puts comments into the tree where go-yaml has them, which decides the key path that they are encrypted with, and
 * what they select. Source: go-yaml/yaml v3 `scannerc.go`, `parserc.go`, `decode.go`.
 */
export function placeComments(
  text: string,
  { documents, starts }: PlacedDocuments,
  comments: readonly Span[],
  builder: TreeBuilder,
): Collection[] {
  if (comments.length === 0) return [...documents];
  const places = new Map<Collection, Map<number, CommentNode[]>>();
  let index = 0;
  for (const run of runsOf(text, comments)) {
    // Both come in the order of the text.
    while (starts[index + 1] !== undefined && starts[index + 1]! <= run[0]!.start) index++;
    const found = placesOf(text, documents[index] ?? documents[0]!, run);
    for (const [order, span] of run.entries()) {
      const { collection, position } = found[order]!;
      const inCollection = places.get(collection) ?? new Map<number, CommentNode[]>();
      const node = builder.comment(span);
      const here = inCollection.get(position);
      if (here === undefined) inCollection.set(position, [node]);
      else here.push(node);
      places.set(collection, inCollection);
    }
  }
  return documents.map((document) => withComments(document, places) as Collection);
}

/** Comments on lines of their own with nothing but empty lines between them; one behind something is alone. */
function runsOf(text: string, comments: readonly Span[]): Span[][] {
  const runs: Span[][] = [];
  let end = -1;
  for (const comment of comments) {
    const isInline = isBehind(text, comment.start);
    const continues = !isInline && end !== -1 && text.slice(end, comment.start).trim() === "";
    if (continues) runs.at(-1)?.push(comment);
    else runs.push([comment]);
    end = isInline ? -1 : comment.end;
  }
  return runs;
}

function isBehind(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() !== "";
}

function placesOf(text: string, root: Collection, run: readonly Span[]): CommentPlace[] {
  const [{ start }] = run as [Span];
  const chain = chainTo(root, start);
  const collections = chain.map(({ collection }) => collection);
  if (isBehindDash(text, chain.at(-1)!, start)) return [placeHead(text, collections, run)];
  if (isBehind(text, start)) return [inlinePlace(root, start)];
  if (!chain.at(-1)!.isOpen) return run.map(() => placeIn(collections.at(-1)!, start));
  return placeRun(text, collections, run);
}

/** Behind the dash of an item that has no value: it heads whatever follows. */
function isBehindDash(text: string, { collection, isOpen }: Link, offset: number): boolean {
  const value = entryBefore(collection, offset)?.value;
  const isBare = value?.kind === "scalar" && value.start === value.end;
  return (
    isOpen &&
    isBare &&
    collection.kind === "list" &&
    text.slice(value.start, offset).trim() === "" &&
    isBehind(text, offset)
  );
}

interface Link {
  readonly collection: Collection;
  /** Lines follow each other here; false in braces, and where nothing of it comes before. */
  readonly isOpen: boolean;
}

/** The collections that what comes before a line of its own is in, outermost first. */
function chainTo(root: Collection, offset: number): Link[] {
  const chain: Link[] = [];
  for (let collection: Collection | undefined = root; collection !== undefined; ) {
    const entry: Entry | undefined = entryBefore(collection, offset);
    chain.push({ collection, isOpen: entry !== undefined && !collection.isFlow });
    const value: TreeNode | undefined = entry?.value;
    const isInside: boolean =
      value !== undefined && value.kind !== "scalar" && value.items.length > 0 && (!value.isFlow || offset < value.end);
    collection = isInside ? (value as Collection) : undefined;
  }
  return chain;
}

/** Behind a value it comes before its entry; behind a key, too, and behind a dash it heads what follows. */
function inlinePlace(root: Collection, offset: number): CommentPlace {
  for (let collection = root; ; ) {
    const entry = entryBefore(collection, offset);
    const { value } = entry ?? {};
    const before = { collection, position: Math.max(0, countBefore(collection, offset) - 1) };
    if (entry === undefined || value === undefined || value.kind === "scalar" || value.items.length === 0) {
      const isInBraces =
        value?.kind !== undefined && value.kind !== "scalar" && value.isFlow && entry?.key !== undefined;
      return isInBraces ? { collection: value, position: 0 } : before;
    }
    if (value.isFlow && offset >= value.end) {
      // Behind braces, go-yaml has it inside of them.
      return entry.key === undefined ? before : { collection: value, position: 0 };
    }
    const first = value.items[0] as Entry;
    if (offset < first.span.start && entry.key !== undefined && !value.isFlow) return before;
    collection = value;
  }
}

function withComments(
  node: TreeNode,
  places: ReadonlyMap<Collection, ReadonlyMap<number, readonly CommentNode[]>>,
): TreeNode {
  if (node.kind === "scalar") return node;
  const here = places.get(node);
  const items = (node.items as readonly Entry[]).map((item) => ({ ...item, value: withComments(item.value, places) }));
  const all = items.flatMap((item, index) => [...(here?.get(index) ?? []), item]);
  return { ...node, items: [...all, ...(here?.get(items.length) ?? [])] };
}
