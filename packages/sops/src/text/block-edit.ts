import { columnOf, isBeforeComment, lineStart, nextLine } from "./columns.ts";
import type { Splice } from "./splice.ts";
import { type Collection, type Entry, entriesOf, itemsOf, type TreeNode } from "./tree.ts";

/**
 * One more entry at the end of a collection of lines, below its comments. `print` gets its column, and whether what
 * follows could be taken for lines of a block scalar.
 */
export function addToBlock(
  text: string,
  collection: Collection,
  print: (column: number, isFlat: boolean) => string,
): Splice {
  const [first] = entriesOf(collection);
  const column = first === undefined ? 0 : columnOf(text, first.span.start);
  const position = lineAfter(text, lastOffset(collection));
  const line = `${" ".repeat(column)}${print(column, isBeforeComment(text, position, 1))}\n`;
  const isOpen = position > 0 && text[position - 1] !== "\n";
  return { start: position, end: position, text: isOpen ? `\n${line}` : line };
}

/** One more entry before one of a collection of lines, above the comments on that. `undefined`: it has no line of its own. */
export function addBefore(
  text: string,
  collection: Collection,
  index: number,
  print: (column: number) => string,
): Splice | undefined {
  const { span } = itemsOf(collection)[index]!;
  const column = columnOf(text, span.start);
  const line = lineStart(text, span.start);
  if (/\S/.test(text.slice(line, span.start))) return undefined;
  const start = aboveComments(text, line);
  return { start, end: start, text: `${" ".repeat(column)}${print(column)}\n` };
}

function aboveComments(text: string, line: number): number {
  const above = line === 0 ? 0 : lineStart(text, line - 1);
  return line > 0 && /^[ \t]*#/.test(text.slice(above, line)) ? aboveComments(text, above) : line;
}

/** Another entry in the place of one. A comment behind it on its line stays; those within its lines go with them. */
export function replaceInBlock(text: string, { span, value }: Entry, print: (isFlat: boolean) => string): Splice {
  const hasLines = value.kind !== "scalar" && !value.isFlow && value.items.length > 0;
  const contentEnds =
    value.kind === "scalar" ? (value.body?.end ?? value.end) : hasLines ? lastOffset(value) : value.end;
  const end = Math.max(span.start, contentEnds);
  const after = lineAfter(text, end);
  const lines = print(isBeforeComment(text, after, 1)).split("\n");
  const behind = hasLines ? "" : text.slice(end, after).trimEnd();
  const lineBreak = after > 0 && text[after - 1] === "\n" ? "\n" : "";
  return { start: span.start, end: after, text: [`${lines[0]}${behind}`, ...lines.slice(1)].join("\n") + lineBreak };
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
  const { value } = entry;
  const hasLines = value.kind !== "scalar" && !value.isFlow && value.items.length > 0;
  const end = lineAfter(text, hasLines ? lastOffset(value) : contentEnd(value, entry));
  return withoutDeeperComment(text, { start, end, text: "" }, columnOf(text, entry.span.start));
}

/** A comment that follows must not be further right: a block scalar before would take it for its own. */
function withoutDeeperComment(text: string, splice: Splice, column: number): Splice {
  if (!isBeforeComment(text, splice.end, column + 1)) return splice;
  const end = text.indexOf("#", splice.end);
  return { ...splice, end, text: text.slice(splice.end, end).replace(/[ \t]*$/, " ".repeat(column)) };
}
