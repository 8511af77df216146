import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Applied, applySchema } from "./apply-schema.ts";

/** What vendors call an issue when the value is of another type than the schema wants. */
const typeKinds = new Set(["invalid_type", "invalid_union", "number", "boolean", "object", "array", "domain"]);

/**
 * Gives a schema what somebody wrote as text: `42` is a number to a schema that takes no text, `[1,2]` a list. `true` and
 * `false` are first taken as what they say: schemas that coerce take the text "false" for true.
 */
export async function applyText(schema: StandardSchemaV1, text: string): Promise<Applied> {
  const data = parsed(text);
  if (data === undefined) return applySchema(schema, text);
  if (typeof data.value === "boolean") return firstThatFits(schema, data.value, text);
  const asText = await applySchema(schema, text);
  if (asText.ok) return asText;
  const asData = await applySchema(schema, data.value);
  return asData.ok || isOfAnotherType(asText) ? asData : asText;
}

async function firstThatFits(schema: StandardSchemaV1, data: unknown, text: string): Promise<Applied> {
  const asData = await applySchema(schema, data);
  if (asData.ok) return asData;
  const asText = await applySchema(schema, text);
  return asText.ok || isOfAnotherType(asData) ? asText : asData;
}

function isOfAnotherType(applied: Applied): boolean {
  return !applied.ok && applied.issues.every(({ path, kind }) => path.length === 0 && typeKinds.has(kind ?? ""));
}

/** JSON that is no text; a number that JavaScript would round is none. */
function parsed(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[[{\-\dtfn]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isRounded ? undefined : { value };
  } catch {
    return undefined;
  }
}
