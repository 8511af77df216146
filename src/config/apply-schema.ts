import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What a schema makes of a value. */
export type Applied =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** What does not fit a schema. */
export interface SchemaIssue {
  /** The schema's own words; may quote the value. */
  readonly message: string;
  readonly path: readonly (string | number)[];
  /** What kind of issue the vendor calls it: `too_small`; says nothing of the value. */
  readonly kind?: string;
}

/** Runs any Standard Schema. A schema that throws has an issue: it is the user's code. */
export async function applySchema(schema: StandardSchemaV1, input: unknown): Promise<Applied> {
  try {
    const result = await schema["~standard"].validate(input);
    if (result.issues === undefined) return { ok: true, value: result.value };
    return { ok: false, issues: result.issues.map(toIssue) };
  } catch (error) {
    return { ok: false, issues: [{ message: `its schema threw ${String(error)}`, path: [], kind: "schema threw" }] };
  }
}

function toIssue(issue: StandardSchemaV1.Issue): SchemaIssue {
  // Not `map`: paths of arktype are a list of their own kind, which would make another of them.
  const path = Array.from(issue.path ?? [], (item) => toKey(typeof item === "object" ? item.key : item));
  const kind = kindOf(issue);
  return { message: issue.message, path, ...(kind !== undefined && { kind }) };
}

function toKey(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

/**
 * Only words that vendors use themselves: a schema could put anything into these fields, the value too.
 * zod 4: `code`; valibot 1: `type`; arktype 2: `code`.
 */
const kinds = new Set(
  [
    "invalid_type too_small too_big invalid_format not_multiple_of unrecognized_keys invalid_union invalid_key",
    "invalid_element invalid_value custom",
    "string number boolean non_empty length min_length max_length min_value max_value regex url email uuid picklist",
    "starts_with ends_with includes check",
    "domain unit union pattern minLength maxLength exactLength min max divisor required predicate proto",
  ].flatMap((line) => line.split(" ")),
);

function kindOf(issue: StandardSchemaV1.Issue): string | undefined {
  const { code, type } = issue as { code?: unknown; type?: unknown };
  return [code, type].find((word): word is string => typeof word === "string" && kinds.has(word));
}
