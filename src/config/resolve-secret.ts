import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Problem } from "../definition/problem.ts";
import type { SecretFound, SecretReading } from "../secrets/provider.ts";
import { Secret } from "../secrets/secret.ts";
import { type Applied, applySchema, type SchemaIssue } from "./apply-schema.ts";
import { applyText } from "./apply-text.ts";
import type { Declaration } from "./declare.ts";
import type { KeyOutcome } from "./resolved.ts";
import { toText } from "./to-text.ts";

type SecretKey = Declaration & { readonly kind: "secret" };

/** A secret; one that its schema lets be absent may be missing. Nothing here ever says anything of its value. */
export async function resolveSecret(
  declaration: SecretKey,
  environment: string,
  reading: SecretReading = { state: "missing", hint: "" },
): Promise<KeyOutcome> {
  const { key } = declaration;
  if (reading.state === "unreadable") return [{ ...withoutLocation(reading), path: ["config", key] }];
  if (reading.state === "missing") return resolveMissing(declaration, environment, reading.hint);
  const applied = await applyFound(declaration.schema, reading);
  if (!applied.ok) return [invalid(key, environment, applied.issues)];
  const text = toText(applied.value);
  if (text.state === "impossible") return [invalid(key, environment, [])];
  const layers = [{ layer: "secret", value: reading.secret, won: true }] as const;
  if (text.state === "absent") return { key, kind: "secret", value: undefined, layers };
  const secret = new Secret(text.text);
  return { key, kind: "secret", value: secret, text: secret, ...(text.isJson && { isJson: true }), layers };
}

/** A map or a list goes to the schema as data, if it takes that; one that wants text gets its JSON. */
async function applyFound(schema: StandardSchemaV1, { secret, structure }: SecretFound): Promise<Applied> {
  if (structure === undefined) return applyText(schema, secret.reveal());
  const applied = await applySchema(schema, structure());
  if (applied.ok) return applied;
  const asText = await applySchema(schema, secret.reveal());
  return asText.ok ? asText : applied;
}

async function resolveMissing({ key, schema }: SecretKey, environment: string, hint: string): Promise<KeyOutcome> {
  const fallback = await applySchema(schema, undefined);
  if (fallback.ok && fallback.value === undefined) return { key, kind: "secret", value: undefined, layers: [] };
  if (fallback.ok) return [inTheFile(key)];
  const message = `Environment "${environment}" has no value for the secret ${key}`;
  return [{ code: "secret-missing", path: ["config", key], message, ...(hint !== "" && { hint }) }];
}

function withoutLocation({ failure }: SecretReading & { readonly state: "unreadable" }) {
  const { location: _, ...rest } = failure;
  return rest;
}

/** A schema's message may quote the value: only the kind of issue is told. */
function invalid(key: string, environment: string, issues: readonly SchemaIssue[]): Problem {
  const kinds = [...new Set(issues.flatMap(({ kind }) => kind ?? []))];
  const shown = kinds.length > 0 ? ` (${kinds.join(", ")})` : "";
  const message = `The secret ${key} of environment "${environment}" does not fit its schema${shown}`;
  const hint = "What the schema found is not shown: it could quote the value.";
  return { code: "secret-invalid", path: ["config", key], message, hint };
}

function inTheFile(key: string): Problem {
  const message = `The secret ${key} has a default, which everybody who has the file can read`;
  const hint = "Remove `.default(…)`; write `.optional()` if the service can run without it.";
  return { code: "secret-invalid", path: ["config", key], message, hint };
}
