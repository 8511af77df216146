import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Project } from "../definition/types.ts";
import { type Declaration, declarationsOf } from "./declare.ts";

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * What a release says of its config: per key its kind and, as far as the schema's vendor can tell, its JSON Schema
 * (draft 2020-12). The same definition gives the same bytes: keys are sorted by code unit.
 */
export function configSchema(project: Pick<Project, "config">): JsonValue {
  // What is external is the environment's, not the release's.
  const described = declarationsOf({ config: project.config }).map((one) => [one.key, describe(one)]);
  return sorted({ version: 1, keys: Object.fromEntries(described) });
}

function describe(declaration: Declaration): JsonValue {
  const { kind } = declaration;
  const schema = jsonSchema(declaration.schema);
  if (kind !== "secret") return { kind, schema };
  return { kind, shared: declaration.shared !== undefined, schema: withoutValues(schema) };
}

/** The extension of Standard Schema by which vendors give JSON Schema. */
interface JsonSchemaSource {
  readonly jsonSchema?: { input(options: { readonly target: "draft-2020-12" }): unknown };
}

function jsonSchema(schema: StandardSchemaV1): JsonValue {
  const standard = schema["~standard"] as StandardSchemaV1["~standard"] & JsonSchemaSource;
  try {
    const described = standard.jsonSchema?.input({ target: "draft-2020-12" });
    if (described !== undefined) return JSON.parse(JSON.stringify(described)) as JsonValue;
  } catch {
    // Not every schema can be told in JSON: a transformation, a custom check.
  }
  return { vendor: standard.vendor };
}

/** A release must not contain a secret's value, not even a wrong one. */
function withoutValues(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(withoutValues);
  if (typeof schema !== "object" || schema === null) return schema;
  const valued = new Set(["default", "examples", "const", "enum"]);
  const kept = Object.entries(schema).filter(([key]) => !valued.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutValues(value)]));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
