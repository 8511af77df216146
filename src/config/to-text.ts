/** The text of a config value for an environment variable, or that it has none. */
export type Text =
  /** `isJson`: the text is the value's JSON (a number, a boolean, a list …); otherwise the value is the text itself. */
  | { readonly state: "text"; readonly text: string; readonly isJson: boolean }
  /** undefined: the variable is left out. */
  | { readonly state: "absent" }
  | { readonly state: "impossible"; readonly why: string };

/**
 * Texts stay as they are; numbers, booleans and big integers are written in full; a URL as its address, a date as ISO
 * 8601, a list, a set, a map or an object as JSON.
 */
export function toText(value: unknown): Text {
  if (value === undefined) return { state: "absent" };
  const shown = show(value);
  if (shown === undefined) return { state: "impossible", why: `a ${typeof value} cannot be written as text` };
  // The system ends a variable at the first NUL; starting the process would fail and quote the value.
  if (shown.text.includes("\0")) return { state: "impossible", why: "it contains a NUL character" };
  return { state: "text", ...shown };
}

interface Shown {
  readonly text: string;
  readonly isJson: boolean;
}

function show(value: unknown): Shown | undefined {
  if (typeof value === "string") return { text: value, isJson: false };
  if (typeof value === "number") return { text: String(value), isJson: Number.isFinite(value) };
  if (typeof value === "boolean") return { text: String(value), isJson: true };
  // JSON has big integers, most of its readers don't: they would round it.
  if (typeof value === "bigint") return { text: String(value), isJson: false };
  if (value instanceof URL) return { text: value.href, isJson: false };
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? undefined : { text: value.toISOString(), isJson: false };
  }
  const text = showStructure(value);
  return text === undefined ? undefined : { text, isJson: true };
}

function showStructure(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, asData);
  } catch {
    return undefined;
  }
}

/** JSON would make `{}` of a map or a set, and `null` of what is no number: that would be a value nobody has written. */
function asData(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not a number");
  return value;
}
