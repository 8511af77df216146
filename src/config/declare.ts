import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ConfigDeclaration, External, Project, SecretFrom } from "../definition/types.ts";
import { addressVariable } from "../records/service.ts";

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
  /** The environments that have it, with the resource whose URL it is there: it is no key of the config. Absent: all. */
  readonly only?: Readonly<Record<string, string>>;
}

/** The project's config keys in the order of the definition, and the secrets that external resources need. Expects a definition without problems. */
export function declarationsOf(
  project: Pick<Project, "config"> & Partial<Pick<Project, "environments">>,
): Declaration[] {
  const { config, environments = {} } = project;
  const own = Object.entries(config).map(([key, declaration]) => toDeclaration(key, declaration));
  return [...own, ...urlsOf(environments).filter(({ key }) => !Object.hasOwn(config, key))];
}

/** Whether an environment has the key at all. */
export function isIn(declaration: Declaration, environment: string): boolean {
  if (declaration.kind !== "secret" || declaration.only === undefined) return true;
  return Object.hasOwn(declaration.only, environment);
}

function urlsOf(environments: Project["environments"]): SecretKey[] {
  const needed = Object.entries(environments).flatMap(([environment, { resources = {} }]) =>
    Object.entries(resources).flatMap(([name, { value }]) =>
      value.kind === "external" ? [{ environment, name, key: externalUrlKey(name, value) }] : [],
    ),
  );
  const byKey = Map.groupBy(needed, ({ key }) => key);
  return [...byKey].map(([key, all]) => ({
    kind: "secret",
    key,
    schema: anyText,
    only: Object.fromEntries(all.map(({ environment, name }) => [environment, name])),
  }));
}

/** The secret that holds the URL of what is external. */
export function externalUrlKey(resource: string, { url }: External): string {
  return url ?? addressVariable(resource);
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
