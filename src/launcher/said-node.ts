import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRange } from "./version-range.ts";

/** The Node that a project says its code is for. */
export interface SaidNode {
  /** npm's grammar. */
  readonly range: string;
  /** As it stands there: `lts/iron`. */
  readonly text: string;
  /** The file, and the key in it where it has keys: `package.json (engines)`. */
  readonly from: string;
}

/** It says something that is no version. */
export interface UnclearNode {
  readonly unclear: string;
  readonly from: string;
}

/** The major version of each line that has a name. */
const lines: Readonly<Record<string, number>> = {
  argon: 4,
  boron: 6,
  carbon: 8,
  dubnium: 10,
  erbium: 12,
  fermium: 14,
  gallium: 16,
  hydrogen: 18,
  iron: 20,
  jod: 22,
  krypton: 24,
};

/** Every even version becomes one. */
const anyLine = Array.from({ length: 20 }, (_, index) => String(16 + 2 * index)).join(" || ");

/** Words for "whichever is here". */
const whichever = new Set(["", "*", "node", "stable", "latest", "current", "default", "system"]);

const files = [
  [".nvmrc", firstLine],
  [".node-version", firstLine],
  [".tool-versions", asdfLine],
] as const;

/**
 * Which Node a project says: in `.nvmrc`, `.node-version` or `.tool-versions` (the project's, else those of a folder above,
 * up to the repository's), `volta` or `engines` of its package.json; what pins comes before what only limits. `undefined`:
 * nothing, or whichever there is.
 */
export function saidNode(folder: string): SaidNode | UnclearNode | undefined {
  const pinned = pinnedIn(folder) ?? packageNode(folder);
  return pinned === undefined || whichever.has(pinned.text) ? undefined : understood(pinned);
}

/** The same as a range; `undefined` where it says none that can be understood. */
export function nodeRange(folder: string): string | undefined {
  const said = saidNode(folder);
  return said === undefined || "unclear" in said ? undefined : said.range;
}

interface Found {
  readonly text: string;
  readonly from: string;
}

function pinnedIn(folder: string): Found | undefined {
  for (let current = folder; ; current = dirname(current)) {
    for (const [from, read] of files) {
      const text = read(textOf(join(current, from)) ?? "");
      if (text !== undefined) return { text, from };
    }
    if (existsSync(join(current, ".git")) || dirname(current) === current) return undefined;
  }
}

function packageNode(folder: string): Found | undefined {
  const content = contentOf(textOf(join(folder, "package.json")));
  for (const key of ["volta", "engines"]) {
    const { node } = Object(content[key]) as { readonly node?: unknown };
    if (typeof node === "string" && node.trim() !== "") return { text: node.trim(), from: `package.json (${key})` };
  }
  return undefined;
}

function understood({ text, from }: Found): SaidNode | UnclearNode {
  const [, line] = /^lts(?:\/(.+))?$/i.exec(text) ?? [];
  if (/^lts(\/\*)?$/i.test(text)) return { range: anyLine, text, from };
  const major = line === undefined ? undefined : lines[line.toLowerCase()];
  if (major !== undefined) return { range: String(major), text, from };
  const range = text.replace(/^node(js)?[@/-]?(?=v?\d)/, "");
  return isRange(range) ? { range, text, from } : { unclear: text, from };
}

/** Comments and what is empty do not count. */
function firstLine(text: string): string | undefined {
  const found = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return found.find((line) => line !== "");
}

function asdfLine(text: string): string | undefined {
  return /^[ \t]*node(?:js)?[ \t]+([^\s#]+)/m.exec(text)?.[1];
}

function contentOf(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text ?? "{}"));
  } catch {
    // Others tell what is wrong with it.
    return {};
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
