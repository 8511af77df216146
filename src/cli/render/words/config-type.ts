import type { JsonValue } from "../../../config/schema.ts";
import { safeValue } from "../safe-text.ts";

/**
 * The type of a config key as a release says it (`configSchema`), in words: `string, format uri, may differ`. Nothing of it is
 * left out, so that two that differ read differently; what is no such JSON is shown as it is.
 */
export function showConfigType(text: string): string {
  return safeValue(wordsOf(text));
}

function wordsOf(text: string): string {
  const type = parsed(text);
  if (!isObject(type) || typeof type.kind !== "string" || type.schema === undefined) return text;
  const { kind, schema, shared, ...others } = type;
  const words = { value: [], differs: ["may differ"], secret: [shared === true ? "shared secret" : "secret"] };
  return [schemaWords(schema), ...(words[kind as keyof typeof words] ?? [kind]), ...optionWords(others)].join(", ");
}

/** What is read most stands first: the values that are allowed, or the type. */
function schemaWords(schema: JsonValue): string {
  if (!isObject(schema)) return plain(schema);
  const { enum: values, anyOf, type, vendor, ...others } = schema;
  if (isList(values)) return listed(values.map(plain).join(" | "), { ...schema, enum: undefined, type: beside(type) });
  if (isList(anyOf)) return listed(anyOf.map(schemaWords).join(" or "), { ...schema, anyOf: undefined });
  if (type !== undefined)
    return listed(isList(type) ? type.map(plain).join(" or ") : plain(type), { ...others, vendor });
  return listed(vendor === undefined ? "anything" : `a schema of ${plain(vendor)}`, others);
}

/** That values are strings is seen. */
function beside(type: JsonValue | undefined): JsonValue | undefined {
  return type === "string" ? undefined : type;
}

type Options = Readonly<Record<string, JsonValue | undefined>>;

function listed(first: string, others: Options): string {
  return [first, ...optionWords(others)].join(", ");
}

function optionWords(options: Options): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${plain(value)}`]));
}

function plain(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
