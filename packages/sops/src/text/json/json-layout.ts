import { addToFlow, currentIndent, lineIndent, removeFromFlow } from "../flow-edit.ts";
import type { Layout } from "../layout.ts";
import { toPlain } from "../plain.ts";
import { ChangeProblem } from "../problems.ts";
import { entriesOf, type ParsedText } from "../tree.ts";
import type { Scalar } from "../value.ts";
import { type FlowStyle, jsonScalar, jsonString, printFlow } from "./json-emit.ts";
import { parseJsonText } from "./json-text.ts";

/** @param fallback The indentation of a file that has no entries yet. */
export function jsonLayout(fallback: string): Layout {
  const unitOf = (parsed: ParsedText) => detectUnit(parsed, fallback);
  return {
    parse: parseJsonText,
    scalar: (plain) => ({ head: jsonScalar(plain) ?? refuse() }),
    encrypted: (stored) => jsonString(stored),
    add: (parsed, collection, key, value) => {
      const unit = unitOf(parsed);
      return addToFlow(parsed.text, collection, unit, (indent) => member(key, printFlow(value, indent, style(unit))));
    },
    replace: (parsed, collection, entry, value) => {
      const indent = lineIndent(parsed.text, collection) ?? currentIndent(parsed.text, collection);
      const text = member(entry.key, printFlow(value, indent, style(unitOf(parsed))));
      return { start: entry.span.start, end: entry.span.end, text };
    },
    remove: (_, collection, entry) => removeFromFlow(collection, entry),
    expandAliases: (text) => text,
  };
}

function member(key: string | undefined, printed: string): string {
  return key === undefined ? printed : `${jsonString(key)}: ${printed}`;
}

function style(unit: string | undefined): FlowStyle {
  return { unit, key: jsonString, scalar: (value: Scalar) => jsonScalar(toPlain(value)) ?? refuse() };
}

function refuse(): never {
  throw new ChangeProblem("JSON has no such number");
}

/** Undefined: everything stands on one line. */
function detectUnit({ text, documents }: ParsedText, fallback: string): string | undefined {
  const [root] = documents;
  if (root === undefined || entriesOf(root).length === 0) return fallback;
  return lineIndent(text, root);
}
