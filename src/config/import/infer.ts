import { isDuration } from "../../errors/duration.ts";
import { looksSecret } from "../../secrets/looks-secret.ts";

/** What a key is taken for, by the values it has in all the files. */
export type Inferred =
  /** `isDoubtful`: it may be anything, and is taken for one until somebody says otherwise. */
  | { readonly type: "secret"; readonly of: "url" | "string"; readonly isDoubtful?: true }
  | { readonly type: "boolean" | "number" | "integer" | "url" | "duration" | "json" | "string" }
  | { readonly type: "enum"; readonly values: readonly string[] };

/** Well-known choices: a key whose values are all among one of them takes any of it. */
const choices: readonly (readonly string[])[] = [
  ["trace", "debug", "info", "warn", "error", "fatal"],
  ["development", "test", "staging", "production"],
];

/**
 * What kind of schema fits all the values and says the most. An empty value says nothing. `isOpen`: somebody said that it is no
 * secret, whatever it looks like.
 */
export function infer(key: string, values: readonly string[], isOpen = false): Inferred {
  const told = values.filter((value) => value !== "");
  const areAll = (test: (value: string) => boolean) => told.length > 0 && told.every(test);
  const looks = values.map((value) => looksSecret(key, value));
  const isDoubtful = !looks.includes("secret");
  if (looks.some((one) => one !== "open") && !(isDoubtful && isOpen))
    return { type: "secret", of: areAll(isUrl) ? "url" : "string", ...(isDoubtful && { isDoubtful }) };
  if (told.length < values.length) return { type: "string" };
  if (areAll(isBoolean)) return { type: "boolean" };
  if (areAll(isInteger)) return { type: "integer" };
  if (areAll(isNumber)) return { type: "number" };
  if (areAll(isLength)) return { type: "duration" };
  if (areAll(isUrl)) return { type: "url" };
  if (areAll(isStructure)) return { type: "json" };
  const choice = choices.find((known) => areAll((value) => known.includes(value)));
  return choice === undefined ? { type: "string" } : { type: "enum", values: choice };
}

function isBoolean(value: string): boolean {
  return value === "true" || value === "false";
}

/** Not with a leading zero: it would be lost. */
function isInteger(value: string): boolean {
  return /^(0|-?[1-9]\d{0,14})$/.test(value);
}

function isNumber(value: string): boolean {
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,14})?$/.test(value) && String(Number(value)) === value;
}

function isLength(value: string): boolean {
  return /[a-z]$/.test(value) && isDuration(value);
}

function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value) && URL.canParse(value);
}

function isStructure(value: string): boolean {
  try {
    const data: unknown = JSON.parse(value);
    return typeof data === "object" && data !== null;
  } catch {
    return false;
  }
}
