import { dotenvLayout, metadataPrefix } from "./dotenv/dotenv-layout.ts";
import { jsonLayout } from "./json/json-layout.ts";
import type { Layout } from "./layout.ts";
import type { SopsFormat } from "./sops-format.ts";
import { type Collection, type Entry, entriesOf, type ParsedText } from "./tree.ts";
import { yamlLayout } from "./yaml/yaml-layout.ts";

/** The key of SOPS's own entry in YAML and JSON. */
export const metadataKey = "sops";

/** `indent`: spaces, for a file that has nothing to go by. */
export function layoutOf(format: SopsFormat, indent?: number): Layout {
  if (format === "yaml") return yamlLayout(indent ?? 2);
  return format === "dotenv" ? dotenvLayout : jsonLayout(indent === undefined ? "\t" : " ".repeat(indent));
}

/** A text in which SOPS's own entries are told apart from the content. */
export interface ParsedFile extends ParsedText {
  readonly format: SopsFormat;
  /** The documents without those entries. */
  readonly content: readonly Collection[];
  /** SOPS's entries of each document: one `sops`, or in a dotenv file all `sops_…`. */
  readonly own: readonly (readonly Entry[])[];
}

/** @throws SyntaxProblem */
export function parseFile(format: SopsFormat, layout: Layout, text: string): ParsedFile {
  const parsed = layout.parse(text);
  const isOwn = format === "dotenv" ? (key = "") => key.startsWith(metadataPrefix) : (key = "") => key === metadataKey;
  const own = parsed.documents.map((document) => entriesOf(document).filter(({ key }) => isOwn(key)));
  const content = parsed.documents.map((document) => ({
    ...document,
    items: document.items.filter((item) => item.kind === "comment" || !isOwn(item.key)),
  }));
  return { ...parsed, format, content, own };
}
