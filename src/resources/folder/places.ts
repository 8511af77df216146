import { isAbsolute, join, normalize } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { ResourceContext } from "../resource.ts";

/** Where one folder resource is. All of it is below one private folder, which goes with the resource. */
export interface FolderPlaces {
  /** Holds everything of it. */
  readonly home: string;
  /** What its users see. */
  readonly data: string;
  /** What is being restored, until it takes the place of `data`. */
  readonly incoming: string;
  /** What `data` was before a restore, until that is over. */
  readonly outgoing: string;
  /** Where a restore is tried. */
  readonly trial: string;
}

/** The path below the host's folder that the ledger gets for a new one. */
export function newPath({ environment }: Pick<ResourceContext, "environment">, name: string): string {
  return join("folders", environment, name);
}

/** The places of what the ledger has; `undefined` when nothing was begun. Fails when what it has leads out of the state. */
export function placesOf({ folder, made }: Pick<ResourceContext, "folder" | "made">): Result<FolderPlaces | undefined> {
  if (made?.path === undefined) return ok(undefined);
  const { path } = made;
  if (typeof path !== "string" || !isInside(path)) {
    const hint = "Restore the state from a backup; nothing was touched.";
    return failed({ code: "state-damaged", message: "The ledger names a folder that is not part of the state", hint });
  }
  const home = join(folder, path);
  const at = (name: string) => join(home, name);
  return ok({ home, data: at("data"), incoming: at("incoming"), outgoing: at("outgoing"), trial: at("trial") });
}

/** Whether a relative path stays below where it begins, and is not that itself. */
export function isInside(path: string): boolean {
  const plain = normalize(path);
  return plain !== "." && plain !== ".." && !plain.startsWith("../") && !isAbsolute(plain) && !plain.includes("\0");
}
