import type { Folder } from "../../definition/types.ts";
import type { ResourceKindFacts } from "../kind.ts";
import type { FolderSpec } from "./spec.ts";

export const folderKind: ResourceKindFacts<FolderSpec, Folder> = {
  specOf: (name, { backup }, place) => ({ resource: "folder", name, backup: place.backup(backup) }),
  told: () => ({ word: "folder" }),
};
