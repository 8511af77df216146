import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { failed, ok, type Result } from "../../errors/result.ts";

/**
 * A JSON text that is changed at single places: everything else stays byte for byte: order, spaces, line ends, a byte order
 * mark, and how numbers are written.
 */
export interface JsonText {
  readonly text: string;
  readonly root: Node;
}

/** Fails with `task-state-invalid`, which names line and column of a syntax error or of a key that is there twice. */
export function parseJsonText(text: string, where: string): Result<JsonText> {
  // The parser knows no byte order mark; a space has the same length.
  const plain = text.replace(/^\uFEFF/, " ");
  const errors: ParseError[] = [];
  const root = parseTree(plain, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (plain.trim() === "") return failed(invalid(where, "It is empty."));
  if (first !== undefined || root === undefined)
    return failed(
      invalid(where, `${placeOf(text, first?.offset ?? 0)}: ${first ? words(first) : "there is no JSON"}.`),
    );
  const twice = duplicateIn(root);
  if (twice !== undefined)
    return failed(invalid(where, `${placeOf(text, twice.offset)}: the key ${twice.value} is there twice.`));
  if (root.type !== "object") return failed(invalid(where, "It is not an object: it does not begin with `{`."));
  return ok({ text, root });
}

/** The value at a path, as data; `undefined` when there is none. */
export function valueAt({ root }: JsonText, path: readonly string[]): unknown {
  const node = findNodeAtLocation(root, [...path]);
  return node === undefined ? undefined : dataOf(node);
}

/**
 * The text with a member of an object set: replaced where it stands, else added at the object's end, written like its
 * neighbours. The object must be there.
 */
export function withMember(json: JsonText, path: readonly string[], key: string, value: unknown): string {
  const holder = nodeAt(json, path);
  const style = styleOf(json.text, holder);
  const existing = holder.children?.find((property) => property.children?.[0]?.value === key)?.children?.[1];
  if (existing !== undefined) return replaced(json.text, existing, written(value, style, style.inner));
  return added(json.text, holder, `${JSON.stringify(key)}: ${written(value, style, style.inner)}`, style);
}

/** The text with an element of a list set: the one at `index`, or a new last one. The list must be there. */
export function withElement(json: JsonText, path: readonly string[], index: number, value: unknown): string {
  const list = nodeAt(json, path);
  const style = styleOf(json.text, list);
  const existing = list.children?.[index];
  const text = written(value, style, style.inner);
  return existing === undefined ? added(json.text, list, text, style) : replaced(json.text, existing, text);
}

interface Style {
  readonly end: "\n" | "\r\n";
  /** One step of indentation. */
  readonly unit: string;
  /** In front of what holds the members, and in front of these. */
  readonly outer: string;
  readonly inner: string;
}

/** As the neighbours are written; where there are none, as the file's outermost members are. */
function styleOf(text: string, holder: Node): Style {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = /^[{[]?[ \uFEFF]?\{?\r?\n([ \t]+)\S/.exec(text.slice(text.search(/[{[]/)))?.[1] ?? "  ";
  const outer = indentAt(text, holder.offset);
  const first = holder.children?.[0];
  const inner = first !== undefined && startsLine(text, first.offset) ? indentAt(text, first.offset) : outer + unit;
  return { end, unit, outer, inner };
}

function written(value: unknown, { end, unit }: Style, indent: string): string {
  return JSON.stringify(value, undefined, unit).replaceAll("\n", `${end}${indent}`);
}

function replaced(text: string, { offset, length }: Node, by: string): string {
  return text.slice(0, offset) + by + text.slice(offset + length);
}

function added(text: string, holder: Node, member: string, { end, outer, inner }: Style): string {
  const last = holder.children?.at(-1);
  if (last === undefined)
    return replaced(
      text,
      holder,
      `${text[holder.offset]}${end}${inner}${member}${end}${outer}${holder.type === "array" ? "]" : "}"}`,
    );
  const at = last.offset + last.length;
  const onOneLine = !startsLine(text, last.offset);
  return `${text.slice(0, at)},${onOneLine ? " " : `${end}${inner}`}${member}${text.slice(at)}`;
}

/** The white space that the line of a place begins with. */
function indentAt(text: string, offset: number): string {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(line))![0];
}

function startsLine(text: string, offset: number): boolean {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*$/.test(text.slice(line, offset));
}

function nodeAt({ root }: JsonText, path: readonly string[]): Node {
  const node = findNodeAtLocation(root, [...path]);
  if (node === undefined) throw new Error(`There is nothing at ${path.join(".")}, although the shape was checked`);
  return node;
}

function dataOf(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(dataOf);
  if (node.type !== "object") return node.value;
  const members = (node.children ?? []).map((property) => [
    String(property.children?.[0]?.value),
    property.children?.[1],
  ]);
  return Object.fromEntries(members.map(([key, value]) => [key, dataOf(value as Node)]));
}

function duplicateIn(node: Node): Node | undefined {
  if (node.type === "object") {
    const keys = new Set<unknown>();
    for (const property of node.children ?? []) {
      const key = property.children?.[0];
      if (key !== undefined && keys.has(key.value)) return key;
      keys.add(key?.value);
    }
  }
  for (const child of node.children ?? []) {
    const found = duplicateIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Columns count from 1, as editors do: a byte order mark has none. */
function placeOf(text: string, offset: number): string {
  const lines = text
    .slice(0, offset)
    .replace(/^\uFEFF/, "")
    .split("\n");
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

function words({ error }: ParseError): string {
  return mistakes[printParseErrorCode(error)] ?? "this is not JSON";
}

const mistakes: Readonly<Record<string, string>> = {
  InvalidSymbol: "this is not a JSON value (a string in double quotes, a number, true, false, null)",
  InvalidNumberFormat: "this is not a JSON number",
  PropertyNameExpected: "a key in double quotes is missing, or there is one comma too many",
  ValueExpected: "a value is missing, or there is one comma too many",
  ColonExpected: "a colon is missing after the key",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing `}` is missing",
  CloseBracketExpected: "a closing `]` is missing",
  EndOfFileExpected: "there is something after the end",
  InvalidCommentToken: "JSON has no comments",
  UnexpectedEndOfComment: "a comment has no end, and JSON has no comments",
  UnexpectedEndOfString: "a string has no closing quote",
  UnexpectedEndOfNumber: "a number is cut off",
  InvalidUnicode: "`\\u` needs four hexadecimal digits",
  InvalidEscapeCharacter: "JSON has no such escape (after a `\\`)",
  InvalidCharacter: "a control character must be escaped in a string",
};

function invalid(where: string, cause: string) {
  return {
    code: "task-state-invalid",
    message: `${where} cannot be changed safely`,
    cause,
    hint: "Fix it; nothing was changed.",
  } as const;
}
