import { columnOf, lineStart, nextLine } from "./columns.ts";
import type { Splice } from "./splice.ts";
import { type Collection, type Entry, entriesOf, type TreeNode } from "./tree.ts";

/** One more entry at the end of a collection of lines, below its comments; `print` gets its column. */
export function addToBlock(text: string, collection: Collection, print: (column: number) => string): Splice {
  const [first] = entriesOf(collection);
  const column = first === undefined ? 0 : columnOf(text, first.span.start);
  const line = `${" ".repeat(column)}${print(column)}\n`;
  const position = lineAfter(text, lastOffset(collection));
  const isOpen = position > 0 && text[position - 1] !== "\n";
  return { start: position, end: position, text: isOpen ? `\n${line}` : line };
}

/** Where the line begins that follows what ends at `offset`. */
function lineAfter(text: string, offset: number): number {
  return offset > 0 && text[offset - 1] === "\n" ? offset : nextLine(text, offset);
}

function lastOffset(collection: Collection): number {
  const last = collection.items.at(-1);
  const first = entriesOf(collection).at(-1);
  const own = last?.kind === "comment" ? last.end : 0;
  return Math.max(
    own,
    first === undefined ? collection.start : contentEnd(first.value, first),
    ...(first === undefined ? [] : [deepEnd(first.value)]),
  );
}

/** Comments of nested collections end them, too. */
function deepEnd(node: TreeNode): number {
  return node.kind === "scalar" || node.isFlow ? 0 : lastOffset(node);
}

/** Where the last scalar of an entry ends. */
export function contentEnd(node: TreeNode, entry: Entry): number {
  if (node.kind === "scalar") return Math.max(node.body?.end ?? node.end, entry.span.start);
  if (node.isFlow) return node.end;
  const last = entriesOf(node).at(-1);
  return last === undefined ? node.end : contentEnd(last.value, last);
}

/** Without an entry, which must not be the only one. */
export function removeFromBlock(text: string, collection: Collection, entry: Entry): Splice {
  const entries = entriesOf(collection);
  const next = entries[entries.indexOf(entry) + 1];
  const start = lineStart(text, entry.span.start);
  // Behind the dash of a list: the next entry takes its place.
  if (next !== undefined && /\S/.test(text.slice(start, entry.span.start))) {
    return { start: entry.span.start, end: next.span.start, text: "" };
  }
  return { start, end: lineAfter(text, contentEnd(entry.value, entry)), text: "" };
}
