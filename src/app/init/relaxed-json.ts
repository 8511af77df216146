/** The value in a JSON text with comments and trailing commas, as turbo, nx and TypeScript allow them; `undefined` when damaged. */
export function parseRelaxedJson(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, "").replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, keepText);
  const strict = bare.replace(/"(?:\\.|[^"\\])*"|,(?=\s*[}\]])/g, keepText);
  try {
    return JSON.parse(strict);
  } catch {
    return undefined;
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; empty when it is none. */
export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The texts in a list; empty when it is none. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function keepText(part: string): string {
  return part.startsWith('"') ? part : "";
}
