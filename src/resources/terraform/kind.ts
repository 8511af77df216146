import { basename, join } from "node:path";
import type { Terraform } from "../../definition/types.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { ResourceKindFacts } from "../kind.ts";

/** What an environment wants of a configuration, as it is stored. */
export type TerraformSpec = Extract<ResourceSpec, { readonly resource: "terraform" }>;

export const terraformKind: ResourceKindFacts<TerraformSpec, Terraform> = {
  specOf: (name, { dir, program, variables = {}, env }, { folder }) => ({
    ...{ resource: "terraform", name, dir: join(folder, dir), variables },
    ...(program && { program }),
    ...(env && { env }),
  }),
  told: ({ resource, name: _, dir, ...rest }) => ({ word: resource, options: { ...rest, dir: basename(dir) } }),
};
