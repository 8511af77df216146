import type { ResourceSpec } from "../../records/resource.ts";

/** What an environment wants of a database, as it is stored. */
export type PostgresSpec = Extract<ResourceSpec, { readonly resource: "postgres" }>;
