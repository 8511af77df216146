/** The text of a config value for an environment variable, or that it has none. */
export type Text =
  | { readonly state: "text"; readonly text: string }
  /** undefined: the variable is left out. */
  | { readonly state: "absent" }
  | { readonly state: "impossible"; readonly why: string };

/**
 * Texts stay as they are; numbers, booleans and big integers are written in full; a URL as its address, a date as ISO
 * 8601, a list or an object as JSON.
 */
export function toText(value: unknown): Text {
  if (value === undefined) return { state: "absent" };
  const text = show(value);
  if (text === undefined) return { state: "impossible", why: `a ${typeof value} cannot be written as text` };
  // The system ends a variable at the first NUL; starting the process would fail and quote the value.
  if (text.includes("\0")) return { state: "impossible", why: "it contains a NUL character" };
  return { state: "text", text };
}

function show(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof URL) return value.href;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
