import type { ResourceSpec } from "../../records/resource.ts";

/** What an environment wants of a configuration, as it is stored. */
export type TerraformSpec = Extract<ResourceSpec, { readonly resource: "terraform" }>;
