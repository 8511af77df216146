import type { ResourceSpec } from "../../records/resource.ts";

/** What an environment wants of a folder of data, as it is stored. */
export type FolderSpec = Extract<ResourceSpec, { readonly resource: "folder" }>;
