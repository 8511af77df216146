import type { Folder } from "../../definition/types.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { ResourceKindFacts } from "../kind.ts";

/** What an environment wants of a folder of data, as it is stored. */
export type FolderSpec = Extract<ResourceSpec, { readonly resource: "folder" }>;

export const folderKind: ResourceKindFacts<FolderSpec, Folder> = {
  specOf: (name, { backup }, place) => ({ resource: "folder", name, backup: place.backup(backup) }),
  told: () => ({ word: "folder" }),
};
