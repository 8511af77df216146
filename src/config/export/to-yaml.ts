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
  const { Document } = await import("yaml");
  const document = new Document(data, { compat: "yaml-1.1", aliasDuplicateObjects: false });
  return document.toString(layout);
}
