import { applySchema } from "./apply-schema.ts";
import type { Declaration } from "./declare.ts";
import type { KeyOutcome } from "./resolved.ts";
import { toText } from "./to-text.ts";

/** A key that is equal everywhere: its value stands in the schema, as the default. */
export async function resolveShared({ key, schema }: Declaration & { readonly kind: "value" }): Promise<KeyOutcome> {
  const path = ["config", key];
  const applied = await applySchema(schema, undefined);
  if (!applied.ok) {
    const message = `${key} has no value`;
    const cause = applied.issues.map((issue) => issue.message).join("\n");
    const hint = "Give it one for all environments, `.default(…)`, or declare it `differs(schema, reason)`.";
    return [{ code: "config-missing", path, message, cause, hint }];
  }
  const { value } = applied;
  const text = toText(value);
  if (text.state === "impossible") return [{ code: "config-invalid", path, message: `${key}: ${text.why}` }];
  if (text.state === "absent") return { key, kind: "value", value, layers: [] };
  return { key, kind: "value", value, text: text.text, layers: [{ layer: "default", value, won: true }] };
}
