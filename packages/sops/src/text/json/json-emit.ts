import type { Plain } from "../plain.ts";
import type { PlainValue, Scalar } from "../value.ts";

/** A string as Go's `json.Marshal` prints it. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Undefined for what JSON cannot hold: infinity, and no number. */
export function jsonScalar(plain: Plain): string | undefined {
  switch (plain.type) {
    case "int":
      return plain.text;
    case "float":
      return jsonFloat(plain.text);
    case "bool":
      return plain.text.toLowerCase();
    case "null":
      return "null";
    default:
      return jsonString(plain.text);
  }
}

function jsonFloat(text: string): string | undefined {
  if (/[IN]/.test(text)) return undefined;
  // Without a fraction it would be read as an integer.
  return text.includes(".") ? text : `${text}.0`;
}

/** How things in braces and brackets are written. */
export interface FlowStyle {
  /** What one level is indented by; undefined: everything on one line. */
  readonly unit: string | undefined;
  readonly key: (key: string) => string;
  /** @throws ChangeProblem */
  readonly scalar: (value: Scalar) => string;
}

/** A value in braces and brackets. `indent`: that of the line it begins on. */
export function printFlow(value: PlainValue, indent: string, style: FlowStyle): string {
  if (value instanceof Map) {
    const entries = [...value].map(
      ([key, child]) => `${style.key(key)}: ${printFlow(child, indent + (style.unit ?? ""), style)}`,
    );
    return enclose("{}", entries, indent, style.unit);
  }
  if (Array.isArray(value)) {
    const items = value.map((child: PlainValue) => printFlow(child, indent + (style.unit ?? ""), style));
    return enclose("[]", items, indent, style.unit);
  }
  return style.scalar(value as Scalar);
}

function enclose(both: "{}" | "[]", parts: readonly string[], indent: string, unit: string | undefined): string {
  if (parts.length === 0) return both;
  const [open, close] = [...both];
  if (unit === undefined) return `${open}${parts.join(", ")}${close}`;
  const inner = `\n${indent}${unit}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${indent}${close}`;
}
