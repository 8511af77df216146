import type { Problem } from "../definition/problem.ts";
import { applySchema, type SchemaIssue } from "./apply-schema.ts";
import type { Declaration } from "./declare.ts";
import { resolveSet } from "./resolve-set.ts";
import type { KeyOutcome, Layer } from "./resolved.ts";
import { toText } from "./to-text.ts";

type Differing = Declaration & { readonly kind: "differs" };

/** A key that environments set for themselves; one that leaves it out gets the schema's default. `set`: by hand, for one call. */
export async function resolveDiffering(
  declaration: Differing,
  environment: string,
  given: Readonly<Record<string, unknown>> | undefined,
  set?: string,
): Promise<KeyOutcome> {
  const { key, schema } = declaration;
  const input = given !== undefined && Object.hasOwn(given, key) ? given[key] : undefined;
  const fallback = await applySchema(schema, undefined);
  if (set !== undefined) return resolveSet(declaration, set, layersOf(fallback.ok ? fallback.value : undefined, input));
  const applied = input === undefined ? fallback : await applySchema(schema, input);
  const path = ["environments", environment, "config", key];
  if (!applied.ok) {
    if (input !== undefined) return applied.issues.map((issue) => invalid(key, environment, path, issue));
    return [missing(declaration, environment, given === undefined)];
  }
  const text = toText(applied.value);
  if (text.state === "impossible") {
    return [{ code: "config-invalid", path, message: `${key} of environment "${environment}": ${text.why}` }];
  }
  const layers = layersOf(fallback.ok ? fallback.value : undefined, input);
  const { value } = applied;
  if (text.state === "absent") return { key, kind: "differs", value, layers };
  return { key, kind: "differs", value, text: text.text, ...(text.isJson && { isJson: true }), layers };
}

function layersOf(fallback: unknown, input: unknown): Layer[] {
  const won = input !== undefined;
  const lower: Layer[] = fallback === undefined ? [] : [{ layer: "default", value: fallback, won: !won }];
  return won ? [...lower, { layer: "environment", value: input, won }] : lower;
}

function invalid(key: string, environment: string, path: Problem["path"], issue: SchemaIssue): Problem {
  const inner = issue.path.length > 0 ? ` (${issue.path.join(".")})` : "";
  const message = `${key}${inner} of environment "${environment}": ${issue.message}`;
  return { code: "config-invalid", path: [...path, ...issue.path], message };
}

function missing({ key, reason }: Differing, environment: string, nothingGiven: boolean): Problem {
  const path = ["environments", environment, ...(nothingGiven ? [] : ["config"])];
  const message = `Environment "${environment}" has no value for ${key}`;
  const hint = `Add ${key} to the environment's \`config\`: it is declared to differ (${reason}).`;
  return { code: "config-missing", path, message, hint };
}
