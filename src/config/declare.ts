import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ConfigDeclaration, Project, SecretFrom } from "../definition/types.ts";

/** A config key, and what the definition says of it. */
export type Declaration =
  /** One value for the whole project: its schema's default. */
  { readonly kind: "value"; readonly key: string; readonly schema: StandardSchemaV1 } | DifferingKey | SecretKey;

/** Every environment sets it. */
export interface DifferingKey {
  readonly kind: "differs";
  readonly key: string;
  readonly schema: StandardSchemaV1;
  readonly reason: string;
  /** The last day that it may differ, `YYYY-MM-DD` by UTC; absent: no end. */
  readonly until?: string;
  readonly owner?: string;
  /** Its value is the environment's address: `address()`. */
  readonly isAddress?: true;
}

/** Comes from a secret provider. */
export interface SecretKey {
  readonly kind: "secret";
  readonly key: string;
  readonly schema: StandardSchemaV1;
  /** Why all environments may have the same value. */
  readonly shared?: string;
  /** Where it comes from, when the definition says so. */
  readonly from?: SecretFrom;
}

/** The project's config keys in the order of the definition. Expects a definition without problems. */
export function declarationsOf({ config }: Pick<Project, "config">): Declaration[] {
  return Object.entries(config).map(([key, declaration]) => toDeclaration(key, declaration));
}

function toDeclaration(key: string, declaration: ConfigDeclaration): Declaration {
  // A schema comes first: a vendor's schema may have a `kind` of its own.
  if ("~standard" in declaration) return { kind: "value", key, schema: declaration };
  if (declaration.kind === "address")
    return { kind: "differs", key, schema: anyText, reason: ownAddress, isAddress: true };
  if (declaration.kind === "differs") {
    const { value, reason, until, owner } = declaration;
    return { kind: "differs", key, schema: value, reason, ...(until && { until }), ...(owner && { owner }) };
  }
  const { schema, shared, from } = declaration;
  return { kind: "secret", key, schema, ...(shared !== undefined && { shared }), ...(from !== undefined && { from }) };
}

const ownAddress = "each environment has its own address";

/** Takes every text. */
const anyText: StandardSchemaV1<string, string> = {
  "~standard": {
    version: 1,
    vendor: "tidegate",
    validate: (input) => (typeof input === "string" ? { value: input } : { issues: [{ message: "Expected a text" }] }),
    jsonSchema: { input: () => ({ type: "string", format: "uri" }), output: () => ({ type: "string", format: "uri" }) },
  } as StandardSchemaV1<string, string>["~standard"],
};
