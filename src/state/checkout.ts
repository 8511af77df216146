import { type BigIntStats, statSync } from "node:fs";
import { join, relative } from "node:path";
import { ok, type Result } from "../errors/result.ts";
import { checkoutFolderOf } from "../files/state-paths.ts";
import { findGitFolder } from "./git-folder.ts";
import { type Belonging, idFileIn, readBelonging } from "./id-file.ts";
import type { Place } from "./known-states.ts";

/** A checkout of a project, as far as it matters to which state it belongs. */
export interface Checkout {
  readonly place: Place;
  /** Of the definition. */
  readonly projectFolder: string;
  /** `.tidegate`. */
  readonly checkoutFolder: string;
  /** Where the id belongs, and under which name of the project. */
  readonly idFile: string;
  readonly project: string;
  /** What is written there, or was before the project had a repository. */
  readonly belonging: Belonging | undefined;
}

/** Looks at a checkout; changes nothing. `projectFolder`: of the definition, without symbolic links. */
export function readCheckout(projectFolder: string): Result<Checkout> {
  const git = findGitFolder(projectFolder);
  if (!git.ok) return git;
  const checkoutFolder = checkoutFolderOf(projectFolder);
  const own = readBelonging(idFileIn(checkoutFolder), ".");
  if (!own.ok) return own;
  if (git.value === undefined) {
    const place = { kind: "folder", path: projectFolder } as const;
    const idFile = idFileIn(checkoutFolder);
    return ok({ place, projectFolder, checkoutFolder, idFile, project: ".", belonging: own.value });
  }
  const { common, top } = git.value;
  const project = relative(top, projectFolder) || ".";
  const idFile = idFileIn(join(common, "tidegate"));
  const shared = readBelonging(idFile, project);
  if (!shared.ok) return shared;
  const place = { kind: "git", path: common, mark: markOf(common), project } as const;
  return ok({ place, projectFolder, checkoutFolder, idFile, project, belonging: shared.value ?? own.value });
}

/** Whether the place is still there and says that it belongs to the state. */
export function stillBelongs(place: Place, id: string): boolean {
  const [file, project] =
    place.kind === "git"
      ? [idFileIn(join(place.path, "tidegate")), place.project]
      : [idFileIn(checkoutFolderOf(place.path)), "."];
  const belonging = readBelonging(file, project);
  return belonging.ok && belonging.value?.id === id;
}

/** Whether two places are the same one; `byMark`: the repository there must be the very one, not one of the same path. */
export function isSamePlace(one: Place, other: Place, byMark = false): boolean {
  if (one.path !== other.path) return false;
  if (one.kind !== "git" || other.kind !== "git") return one.kind === other.kind;
  return one.project === other.project && (!byMark || one.mark === other.mark);
}

/** Whether a place is the checkout, also from when it had no repository yet. */
export function isPlaceOf(place: Place, { place: own, projectFolder }: Checkout): boolean {
  return isSamePlace(place, own) || (place.kind === "folder" && place.path === projectFolder);
}

function markOf(folder: string): string {
  const { ino, birthtimeNs }: BigIntStats = statSync(folder, { bigint: true });
  return `${ino}-${birthtimeNs}`;
}
