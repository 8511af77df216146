import type { ExportedKey } from "./exported.ts";

/** One object, values typed, keys in the order of the definition. */
export function toJson(keys: readonly ExportedKey[]): string {
  // Written by hand: an object would put keys like `1` first.
  const members = keys.map(({ key, data }) => `  ${JSON.stringify(key)}: ${indented(data)}`);
  return members.length === 0 ? "{}\n" : `{\n${members.join(",\n")}\n}\n`;
}

function indented(data: unknown): string {
  return JSON.stringify(data, null, 2).replaceAll("\n", "\n  ");
}
