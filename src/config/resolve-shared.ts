import { applySchema } from "./apply-schema.ts";
import type { Declaration } from "./declare.ts";
import { resolveSet } from "./resolve-set.ts";
import type { KeyOutcome } from "./resolved.ts";
import { toText } from "./to-text.ts";

type SharedKey = Declaration & { readonly kind: "value" };

/** A key that is equal everywhere: its value stands in the schema, as the default. `set`: by hand, for one call. */
export async function resolveShared(declaration: SharedKey, set?: string): Promise<KeyOutcome> {
  const { key, schema } = declaration;
  const path = ["config", key];
  const applied = await applySchema(schema, undefined);
  if (set !== undefined) {
    const lower =
      applied.ok && applied.value !== undefined ? [{ layer: "default", value: applied.value } as const] : [];
    return resolveSet(declaration, set, lower);
  }
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
  const layers = [{ layer: "default", value, won: true }] as const;
  return { key, kind: "value", value, text: text.text, ...(text.isJson && { isJson: true }), layers };
}
