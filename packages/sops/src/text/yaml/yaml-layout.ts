import { addToBlock, contentEnd, removeFromBlock, replaceInBlock } from "../block-edit.ts";
import { columnOf } from "../columns.ts";
import { addToFlow, currentIndent, lineIndent, removeFromFlow } from "../flow-edit.ts";
import { type FlowStyle, printFlow } from "../json/json-emit.ts";
import type { Layout } from "../layout.ts";
import { toPlain } from "../plain.ts";
import type { Splice } from "../splice.ts";
import { type Collection, entriesOf, type ParsedText } from "../tree.ts";
import { expandYamlAliases } from "./expand-aliases.ts";
import { nestedColumn, yamlEntry, yamlScalar, yamlString } from "./yaml-emit.ts";
import { parseYamlText } from "./yaml-text.ts";

/** @param fallback The indentation where the file has none to go by. */
export function yamlLayout(fallback: number): Layout {
  const indentOf = (parsed: ParsedText) => detectIndent(parsed) ?? fallback;
  return {
    parse: parseYamlText,
    scalar: (plain, place) => yamlScalar(plain, place.isInFlow ? undefined : nestedColumn(place.column, fallback)),
    encrypted: (stored, place) => (place.isInFlow ? `"${stored}"` : stored),
    add: (parsed, collection, key, value) => {
      const { text } = parsed;
      const print = (column: number, isFlat: boolean) =>
        yamlEntry(key, value, column, { indent: indentOf(parsed), isFlat });
      if (isEmptyRoot(parsed, collection)) return fillRoot(parsed, collection, print(0, false));
      if (!collection.isFlow) return addToBlock(text, collection, print);
      return addToFlow(text, collection, undefined, (indent) =>
        flowEntry(key, printFlow(value, indent, flowStyle(undefined))),
      );
    },
    replace: (parsed, collection, entry, value) => {
      const { text } = parsed;
      const { start } = entry.span;
      if (collection.isFlow) {
        const indent = lineIndent(text, collection) ?? currentIndent(text, collection);
        return {
          start,
          end: entry.span.end,
          text: flowEntry(entry.key, printFlow(value, indent, flowStyle(undefined))),
        };
      }
      return replaceInBlock(text, entry, (isFlat) =>
        yamlEntry(entry.key, value, columnOf(text, start), { indent: indentOf(parsed), isFlat }),
      );
    },
    remove: (parsed, collection, entry) => {
      if (collection.isFlow) return removeFromFlow(collection, entry);
      if (entriesOf(collection).length > 1 || parsed.documents.includes(collection))
        return removeFromBlock(parsed.text, collection, entry);
      return emptied(parsed.text, collection, contentEnd(entry.value, entry));
    },
    expandAliases: (text) => expandYamlAliases(text, fallback),
  };
}

function flowEntry(key: string | undefined, printed: string): string {
  return key === undefined ? printed : `${yamlString(key, true)}: ${printed}`;
}

function flowStyle(unit: string | undefined): FlowStyle {
  return { unit, key: (key) => yamlString(key, true), scalar: (value) => yamlScalar(toPlain(value), undefined).head };
}

function isEmptyRoot({ documents }: ParsedText, collection: Collection): boolean {
  return documents.includes(collection) && entriesOf(collection).length === 0;
}

/** The first entry of a document, below its comments. */
function fillRoot({ text }: ParsedText, collection: Collection, entry: string): Splice {
  const last = collection.items.at(-1);
  if (collection.isFlow) return { start: collection.start, end: collection.end, text: entry };
  const found =
    last === undefined ? collection.start : text.indexOf("\n", last.kind === "comment" ? last.end : last.span.end) + 1;
  const position = found === 0 ? text.length : found;
  const isOpen = position > 0 && text[position - 1] !== "\n";
  return { start: position, end: position, text: `${isOpen ? "\n" : ""}${entry}\n` };
}

/** A collection that has lost its only entry becomes `{}` or `[]`, right of the key that it may stand directly below. */
function emptied(text: string, collection: Collection, end: number): Splice {
  const lead = text.slice(0, collection.start).trimEnd();
  const isOwnLine = text.slice(lead.length, collection.start).includes("\n") && !/#[^\n]*$/.test(lead);
  const start = isOwnLine ? lead.length : collection.start;
  const written = collection.kind === "map" ? "{}" : "[]";
  return { start, end, text: ` ${written}${text[end - 1] === "\n" ? "\n" : ""}` };
}

/** How far the first nested mapping is indented. */
function detectIndent({ text, documents }: ParsedText): number | undefined {
  for (const { key, value } of documents.flatMap(entriesOf)) {
    if (key === undefined || value.kind !== "map" || value.isFlow || value.items.length === 0) continue;
    const column = columnOf(text, value.start);
    if (column > 0) return column;
  }
  return undefined;
}
