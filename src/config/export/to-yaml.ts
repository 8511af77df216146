import type { ToStringOptions } from "yaml";
import type { ExportedKey } from "./exported.ts";

/** Lines as long as they are: a folded value would be harder to read. */
const layout: ToStringOptions = { lineWidth: 0 };

/** One mapping, values typed. Texts that a reader of YAML 1.1 or 1.2 would take for something else are quoted. */
export async function toYaml(keys: readonly ExportedKey[]): Promise<string> {
  return print(new Map(keys.map(({ key, data }) => [key, data])));
}

/** The YAML of some data, as readers of YAML 1.1 and 1.2 read it alike: a `yes` or `0o17` is quoted. */
export async function print(data: unknown): Promise<string> {
  const { Document, visit } = await import("yaml");
  const document = new Document(data, { compat: "yaml-1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string" && odd.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString(layout).replaceAll(raw, escaped);
}

/** For some readers, line ends and what must not stand in a file: U+2028 ends a line in YAML 1.1. In double quotes, escaped, all agree. */
const odd = /[\t\x7f-\x9f\u2028\u2029\ufeff]/;
/** The same without the tab, which is escaped in double quotes already. */
const raw = /[\x7f-\x9f\u2028\u2029\ufeff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
