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
  /** The environments that have it; absent: all. */
  readonly only?: readonly string[];
}

type Declaring = Pick<Project, "config"> & Partial<Pick<Project, "resources" | "environments">>;

/**
 * The project's config keys in the order of the definition, then the URLs of what is external, which are secrets of the
 * environments that use it. Expects a definition without problems.
 */
export function declarationsOf(project: Declaring): Declaration[] {
  const declared = Object.entries(project.config).map(([key, declaration]) => toDeclaration(key, declaration));
  return [...declared, ...externalUrls(project)];
}

/** Whether an environment has it. */
export function isIn(declaration: Declaration, environment: string): boolean {
  return declaration.kind !== "secret" || (declaration.only?.includes(environment) ?? true);
}

/** The secret that holds the URL of an external resource. */
export function externalUrl(name: string, { url }: External): string {
  return url ?? addressVariable(name);
}

/** One that the config declares itself is the config's. */
function externalUrls({ config, environments = {} }: Declaring): SecretKey[] {
  const users = new Map<string, string[]>();
  for (const [environment, { resources = {} }] of Object.entries(environments)) {
    for (const [name, { value }] of Object.entries(resources)) {
      if (value.kind !== "external") continue;
      const key = externalUrl(name, value);
      if (!Object.hasOwn(config, key)) users.set(key, [...(users.get(key) ?? []), environment]);
    }
  }
  return [...users].map(([key, only]) => ({ kind: "secret", key, schema: databaseUrl, only }));
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

/** Takes what a database's address can look like; what is wrong with it beyond that, its server says. */
const databaseUrl: StandardSchemaV1<string, string> = {
  "~standard": {
    version: 1,
    vendor: "tidegate",
    validate: (input) =>
      typeof input === "string" && /^postgres(ql)?:\/\/\S+$/.test(input)
        ? { value: input }
        : { issues: [{ message: "Expected an address like postgres://user:password@host:5432/database" }] },
    jsonSchema: { input: () => ({ type: "string", format: "uri" }), output: () => ({ type: "string", format: "uri" }) },
  } as StandardSchemaV1<string, string>["~standard"],
};

/** Takes every text. */
const anyText: StandardSchemaV1<string, string> = {
  "~standard": {
    version: 1,
    vendor: "tidegate",
    validate: (input) => (typeof input === "string" ? { value: input } : { issues: [{ message: "Expected a text" }] }),
    jsonSchema: { input: () => ({ type: "string", format: "uri" }), output: () => ({ type: "string", format: "uri" }) },
  } as StandardSchemaV1<string, string>["~standard"],
};
