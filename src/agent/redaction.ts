import { redactText } from "../secrets/redact.ts";
import type { Secret } from "../secrets/secret.ts";

/** The same value with every secret in its strings replaced: for whatever is kept, sent or shown. */
export function redactDeep<T>(value: T, secrets: readonly Secret[]): T {
  if (secrets.length === 0) return value;
  return walk(value, (text) => redactText(text, secrets)) as T;
}

function walk(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, redact));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, redact)]));
}
