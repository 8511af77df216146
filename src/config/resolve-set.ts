import { applyText } from "./apply-text.ts";
import type { Declaration } from "./declare.ts";
import type { KeyOutcome, Layer } from "./resolved.ts";
import { toText } from "./to-text.ts";

type Settable = Declaration & { readonly kind: "value" | "differs" };

/** A key that was set by hand for one call: whatever stands below is only of interest to those who ask. */
export async function resolveSet(
  { key, kind, schema }: Settable,
  set: string,
  lower: readonly Omit<Layer, "won">[],
): Promise<KeyOutcome> {
  const path = ["config", key];
  const applied = await applyText(schema, set);
  if (!applied.ok) {
    const messages = applied.issues.map((issue) => issue.message).join("\n");
    return [{ code: "config-invalid", path, message: `${key} as set by hand: ${messages}` }];
  }
  const text = toText(applied.value);
  if (text.state === "impossible") {
    return [{ code: "config-invalid", path, message: `${key} as set by hand: ${text.why}` }];
  }
  const beaten = lower.map((layer) => ({ ...layer, won: false }));
  const layers: Layer[] = [...beaten, { layer: "set", value: set, won: true }];
  if (text.state === "absent") return { key, kind, value: undefined, layers };
  return { key, kind, value: applied.value, text: text.text, ...(text.isJson && { isJson: true }), layers };
}
