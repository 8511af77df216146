import { lineStart } from "./columns.ts";
import type { Splice } from "./splice.ts";
import { type Collection, type Entry, entriesOf } from "./tree.ts";

/** One more entry at the end of `{…}` or `[…]`. `print` gets the indentation it is printed at. */
export function addToFlow(
  text: string,
  collection: Collection,
  unit: string | undefined,
  print: (indent: string) => string,
): Splice {
  const last = entriesOf(collection).at(-1);
  if (last === undefined) return fill(text, collection, unit, print);
  const { position, comma } = placeAfter(text, last);
  const indent = lineIndent(text, collection);
  const added = indent === undefined ? ` ${print(currentIndent(text, collection))}` : `\n${indent}${print(indent)}`;
  return { start: position, end: position, text: comma + added };
}

/** A comma may stand there already: YAML allows one behind the last entry. */
function placeAfter(text: string, last: Entry): { readonly position: number; readonly comma: string } {
  const next = /\S/g;
  next.lastIndex = last.span.end;
  const found = next.exec(text);
  return found?.[0] === "," ? { position: found.index + 1, comma: "" } : { position: last.span.end, comma: "," };
}

function fill(
  text: string,
  collection: Collection,
  unit: string | undefined,
  print: (indent: string) => string,
): Splice {
  const outer = currentIndent(text, collection);
  const inner = outer + (unit ?? "");
  const place = { start: collection.start + 1, end: collection.end - 1 };
  return { ...place, text: unit === undefined ? print(inner) : `\n${inner}${print(inner)}\n${outer}` };
}

/** Without an entry, and without the comma beside it. */
export function removeFromFlow(collection: Collection, entry: Entry): Splice {
  const entries = entriesOf(collection);
  const index = entries.indexOf(entry);
  const [previous, next] = [entries[index - 1], entries[index + 1]];
  if (previous !== undefined) return { start: previous.span.end, end: entry.span.end, text: "" };
  if (next !== undefined) return { start: entry.span.start, end: next.span.start, text: "" };
  return { start: collection.start + 1, end: collection.end - 1, text: "" };
}

/** The indentation of entries that have lines of their own. */
export function lineIndent(text: string, collection: Collection): string | undefined {
  const [first] = entriesOf(collection);
  if (first === undefined) return undefined;
  const lead = text.slice(collection.start + 1, first.span.start);
  return /\n([ \t]*)$/.exec(lead)?.[1];
}

/** The indentation of the line that a collection begins on. */
export function currentIndent(text: string, { start }: { readonly start: number }): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, start), start))?.[0] ?? "";
}
