import { plainText } from "../plain.ts";
import { SyntaxProblem } from "../problems.ts";
import type { CommentNode, Entry, ParsedText } from "../tree.ts";
import { TreeBuilder } from "../tree-builder.ts";

/**
 * A dotenv file as SOPS reads it: no quotes, no trimming, no `export`; `\n` is a line break.
 * Source: getsops/sops `stores/dotenv/store.go`.
 * @throws SyntaxProblem
 */
export function parseDotenvText(text: string): ParsedText {
  const builder = new TreeBuilder(text);
  const items: (Entry | CommentNode)[] = [];
  const seen = new Set<string | undefined>();
  for (const { start, end } of linesOf(text)) {
    const item = text[start] === "#" ? builder.comment({ start, end }) : entryOf(builder, text, start, end);
    if (item.kind === "entry" && seen.has(item.key)) throw new SyntaxProblem(start, "the key stands twice in the file");
    if (item.kind === "entry") seen.add(item.key);
    items.push(item);
  }
  return builder.finish([builder.collection("map", items, { start: 0, end: text.length }, false)]);
}

function* linesOf(text: string) {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    if (end > start) yield { start, end };
    start = end + 1;
  }
}

function entryOf(builder: TreeBuilder, text: string, start: number, end: number): Entry {
  const equals = text.indexOf("=", start);
  if (equals === -1 || equals >= end) throw new SyntaxProblem(start, "the line has no =");
  const value = text.slice(equals + 1, end).replaceAll("\\n", "\n");
  const scalar = builder.scalar(plainText(value), { start: equals + 1, end });
  return { kind: "entry", key: text.slice(start, equals), span: { start, end }, value: scalar };
}
