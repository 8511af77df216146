import { stripTypeScriptTypes } from "node:module";
import { type Node, type Program, parse } from "acorn";
import { withoutNodeRemarks } from "./quiet.ts";
import { sourceText } from "./source-text.ts";

export interface ParsedModule {
  readonly file: string;
  readonly text: string;
  /** Positions are those of `text`: types are blanked out before parsing, not removed. */
  readonly program: Program;
}

/** Why a module cannot be parsed, and where when that is known (an offset). */
export interface ParseError {
  readonly message: string;
  readonly offset?: number;
}

export function parseModule(file: string): ParsedModule | ParseError {
  return parseText(file, sourceText(file));
}

/** The same for a text that was read already. */
export function parseText(file: string, text: string): ParsedModule | ParseError {
  try {
    const script = /\.m?ts$/.test(file) ? withoutNodeRemarks(() => stripTypeScriptTypes(text)) : text;
    return { file, text, program: parse(script, { ecmaVersion: "latest", sourceType: "module" }) };
  } catch (error) {
    const { message, pos } = error as Error & { pos?: number };
    return pos === undefined ? { message } : { message: message.replace(/ \(\d+:\d+\)$/, ""), offset: pos };
  }
}

export function isParsed(module: ParsedModule | ParseError): module is ParsedModule {
  return "program" in module;
}

/** The first node in source order that `matches`; nodes that `skips` are not entered. */
export function findNode(
  root: Node,
  matches: (node: Node) => boolean,
  skips: (node: Node) => boolean = () => false,
): Node | undefined {
  if (matches(root)) return root;
  if (skips(root)) return undefined;
  for (const child of childrenOf(root)) {
    const found = findNode(child, matches, skips);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** In source order. */
export function childrenOf(node: Node): Node[] {
  const children = Object.values(node).flat().filter(isNode);
  return children.sort((a, b) => a.start - b.start);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}
