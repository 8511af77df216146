import { nextLine } from "../columns.ts";
import type { Layout } from "../layout.ts";
import { ChangeProblem } from "../problems.ts";
import type { PlainValue } from "../value.ts";
import { parseDotenvText } from "./dotenv-text.ts";

/** How the keys of SOPS's own entries begin. */
export const metadataPrefix = "sops_";

/** One line each, without quotes. */
export const dotenvLayout: Layout = {
  parse: parseDotenvText,
  scalar: (plain) => {
    if (plain.bytes !== undefined) throw new ChangeProblem("a dotenv file holds text only");
    return { head: plain.text.replaceAll("\n", "\\n") };
  },
  encrypted: (stored) => stored,
  add: ({ text }, collection, key, value) => {
    const isOpen = text !== "" && !text.endsWith("\n");
    const line = `${isOpen ? "\n" : ""}${checkKey(key)}=${escapeText(value)}\n`;
    return { start: collection.end, end: collection.end, text: line };
  },
  replace: (_, __, { key, span }, value) => ({ start: span.start, end: span.end, text: `${key}=${escapeText(value)}` }),
  remove: ({ text }, _, { span }) => ({ start: span.start, end: nextLine(text, span.start), text: "" }),
  expandAliases: (text) => text,
};

function checkKey(key: string | undefined): string {
  const isKey = key !== undefined && /^[^#=\r\n][^=\r\n]*$/.test(key);
  if (!isKey) throw new ChangeProblem("a dotenv file cannot have such a key");
  return key;
}

/** Every value is text there, and a backslash with an n behind it is always a line break. */
function escapeText(value: PlainValue): string {
  if (value === null || (typeof value === "object" && !(value instanceof Date))) {
    throw new ChangeProblem("a dotenv file holds text only");
  }
  const text = value instanceof Date ? value.toISOString() : String(value);
  checkDotenvText(text);
  return text.replaceAll("\n", "\\n");
}

/** Refuses what would be read back as something else. @throws ChangeProblem */
export function checkDotenvText(text: string): void {
  if (text.includes("\\n")) throw new ChangeProblem("a dotenv file cannot hold a backslash with an n behind it");
  if (text.endsWith("\r"))
    throw new ChangeProblem("a dotenv file cannot hold a value that ends with a carriage return");
}
