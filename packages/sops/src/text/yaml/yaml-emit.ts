import type { WrittenScalar } from "../layout.ts";
import { bytesOf, type Plain, toPlain } from "../plain.ts";
import type { PlainValue, Scalar } from "../value.ts";
import { resolvePlain } from "./go-yaml-scalar.ts";

/**
 * A scalar that both YAML readers, go-yaml's and ours, take for the same.
 * `bodyColumn`: where the lines of a block scalar begin; undefined where there can be none, as in `{…}`.
 */
export function yamlScalar(plain: Plain, bodyColumn: number | undefined): WrittenScalar {
  if (plain.bytes !== undefined) return { head: `!!binary ${Buffer.from(bytesOf(plain)).toString("base64")}` };
  switch (plain.type) {
    case "null":
      return { head: "null" };
    case "bool":
      return { head: plain.text.toLowerCase() };
    case "int":
    case "time":
      return { head: plain.text };
    case "float":
      return { head: yamlFloat(plain.text) };
    default:
      return bodyColumn === undefined ? { head: yamlString(plain.text, true) } : yamlText(plain.text, bodyColumn);
  }
}

function yamlFloat(text: string): string {
  const special: Readonly<Record<string, string>> = { NaN: ".nan", "+Inf": ".inf", "-Inf": "-.inf" };
  return special[text] ?? (text.includes(".") ? text : `${text}.0`);
}

function yamlText(text: string, bodyColumn: number): WrittenScalar {
  if (!isLiteral(text)) return { head: yamlString(text, false) };
  const lines = text.endsWith("\n") ? text.slice(0, -1) : text;
  const indent = " ".repeat(bodyColumn);
  const body = lines.split("\n").map((line) => (line === "" ? "\n" : `${indent}${line}\n`));
  return { head: text.endsWith("\n") ? "|" : "|-", body: body.join(""), flat: yamlString(text, false) };
}

/** Several lines of printable text, none of which could be taken for indentation or lose something at its end. */
function isLiteral(text: string): boolean {
  const lines = text.split("\n");
  if (lines.length < 2 || lines[0] === "" || text.endsWith("\n\n")) return false;
  return (
    !/^\s/.test(text) &&
    lines.every((line) => line === "" || /\S/.test(line)) &&
    !needsEscape.test(text.replaceAll("\n", ""))
  );
}

// Everything that is not printable in YAML 1.1, or a line break there.
const needsEscape = /[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const plainWord = /^[A-Za-z0-9_/.+][\w/.+@=~^$()-]*(?: [\w/.+@=~^$()-]+)*$/;
/** What YAML 1.1 takes for booleans; go-yaml puts them in quotes, too. */
const words = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

/** On one line, without quotes where that is safe. */
export function yamlString(text: string, isInFlow: boolean): string {
  const resolved = resolvePlain(text);
  const isText = resolved !== "unsupported" && resolved.type === "str" && resolved.text === text;
  if (isInFlow || !isText) return quote(text);
  const isPlain = plainWord.test(text) && !words.test(text) && !looksLikeNumber.test(text);
  return isPlain || alwaysPlain.test(text) ? text : quote(text);
}

/** Sexagesimals, and whatever another YAML reader may take for a number. */
const looksLikeNumber = /^[-+.\d][\d.:_eE+-]*$/;

/** A value string of SOPS, and a version. */
const alwaysPlain = /^(?:ENC\[AES256_GCM,[\w:,+/=]+\]|\d+\.\d+\.\d+)$/;

function quote(text: string): string {
  return JSON.stringify(text).replaceAll(new RegExp(needsEscape, "gu"), escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** Where what is nested at `column` begins, as go-yaml's emitter has it: at the next multiple of the indentation. */
export function nestedColumn(column: number, indent: number): number {
  return indent * Math.floor((column + indent) / indent);
}

/** How things on lines of their own are written. */
export interface BlockStyle {
  readonly indent: number;
  /** Without block scalars, since the lines behind could be taken for theirs. */
  readonly isFlat: boolean;
}

/** `key: value`; lines after the first are indented, the first is not; without a line break at the end. */
export function yamlEntry(key: string | undefined, value: PlainValue, column: number, style: BlockStyle): string {
  const isItem = key === undefined;
  const name = isItem ? "-" : `${yamlString(key, false)}:`;
  const inner = isItem ? column + 2 : nestedColumn(column, style.indent);
  if (value instanceof Map) {
    const entries = [...value].map(([child, below]) => yamlEntry(child, below, inner, style));
    return entries.length === 0 ? `${name} {}` : nest(name, isItem, entries, inner);
  }
  if (Array.isArray(value)) {
    const items = value.map((child: PlainValue) => yamlEntry(undefined, child, inner, style));
    return items.length === 0 ? `${name} []` : nest(name, isItem, items, inner);
  }
  return `${name} ${blockScalar(value as Scalar, nestedColumn(column, style.indent), style.isFlat)}`;
}

function blockScalar(value: Scalar, bodyColumn: number, isFlat: boolean): string {
  const { head, body, flat } = yamlScalar(toPlain(value), bodyColumn);
  if (body === undefined) return head;
  return isFlat && flat !== undefined ? flat : `${head}\n${body.slice(0, -1)}`;
}

function nest(name: string, isItem: boolean, entries: readonly string[], column: number): string {
  const separator = `\n${" ".repeat(column)}`;
  return `${name}${isItem ? " " : separator}${entries.join(separator)}`;
}
