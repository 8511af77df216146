import { refusal } from "./refusal.ts";

/** A text that is hidden because it is a secret's value, or stands in it. */
export interface Part {
  readonly kind: "whole" | "line" | "scalar";
  readonly text: string;
}

/** Deeper ones are hidden as a part of the whole. */
const deepest = 32;

/** Everybody knows them. */
const pemBoundary = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/**
 * What of a secret's value shows up on its own: the value, also with other line ends and without blanks around it; its
 * lines; every scalar when it is JSON, YAML's or dotenv's `key: value` lines, and the password of an address. Lines and
 * scalars that would be refused as secrets are left out.
 */
export function partsOf(value: string): Part[] {
  if (value === "") return [];
  const whole = [value, value.trim()].flatMap((text) => [text, ...otherLineEnds(text)]).filter((text) => text !== "");
  const scalars = [...jsonScalars(value), ...assignedScalars(value), ...passwordsOf(value)];
  const inner = scalars.flatMap((scalar) => [scalar, ...passwordsOf(scalar)]);
  return [
    ...distinct(whole).map((text) => ({ kind: "whole", text }) as const),
    ...worthHiding(linesOf(value)).map((text) => ({ kind: "line", text }) as const),
    ...worthHiding([...inner, ...inner.flatMap(linesOf)]).map((text) => ({ kind: "scalar", text }) as const),
  ];
}

function otherLineEnds(value: string): string[] {
  if (!/[\r\n]/.test(value)) return [];
  const unix = value.replace(/\r\n?/g, "\n");
  return [unix, unix.replaceAll("\n", "\r\n")];
}

function linesOf(value: string): string[] {
  if (!/[\r\n]/.test(value)) return [];
  return value.split(/[\r\n]+/).flatMap((line) => [line, line.trim()]);
}

function worthHiding(texts: readonly string[]): string[] {
  return distinct(texts).filter((text) => refusal(text) === undefined && !pemBoundary.test(text.trim()));
}

function jsonScalars(value: string): string[] {
  if (!/^\s*[[{"]/.test(value)) return [];
  try {
    return scalarsIn(JSON.parse(value), 0);
  } catch {
    return [];
  }
}

function scalarsIn(data: unknown, depth: number): string[] {
  if (typeof data === "string") return [data];
  if (typeof data === "number") return [String(data)];
  if (typeof data !== "object" || data === null || depth > deepest) return [];
  return Object.values(data).flatMap((item) => scalarsIn(item, depth + 1));
}

/** Of lines such as `key: value`, `- value` and `KEY=value`; quotes around the value are taken off. */
function assignedScalars(value: string): string[] {
  const lines = value.split(/[\r\n]+/);
  return lines.flatMap((whole) => {
    // Blanks at the end first: to look for them behind whatever comes before takes quadratic time.
    const line = whole.trimEnd();
    const assigned = /^\s*(?:-\s+)?(?:export\s+)?["']?[\w.-]+["']?(?::\s+|\s*=\s*)(\S.*)$/.exec(line);
    const scalar = assigned?.[1] ?? /^\s*-\s+(\S.*)$/.exec(line)?.[1];
    if (scalar === undefined) return [];
    const quoted = /^(["'])(.*)\1$/.exec(scalar);
    return quoted === null ? [scalar] : [quoted[2]!];
  });
}

/** The user's password in an address, as it stands there and decoded. */
function passwordsOf(value: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*:([^/?#\s]+)@/i.exec(value.trim())?.[1];
  if (password === undefined) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
