import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readTextIfThere } from "../files/read-if-there.ts";
import type { GitAnswer } from "./ask-git.ts";

const objectName = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The commit that is checked out in a project, read from git's own files; `undefined` without one. */
export function checkedOutCommit(projectFolder: string): string | undefined {
  const folder = gitFolder(resolve(projectFolder));
  if (folder === undefined) return undefined;
  const head = readTextIfThere(resolve(folder, "HEAD"), { forgive: "everything" })?.trim();
  if (head === undefined || !head.startsWith("ref: ")) return objectNameIn(head);
  const common = resolve(
    folder,
    readTextIfThere(resolve(folder, "commondir"), { forgive: "everything" })?.trim() ?? ".",
  );
  const ref = head.slice("ref: ".length);
  if (!/^refs\/[^\0]+$/.test(ref) || ref.includes("..")) return undefined;
  return objectNameIn(readTextIfThere(resolve(common, ref), { forgive: "everything" })) ?? packedRef(common, ref);
}

/** Git's folder of the repository that a project is in; `undefined` without one. */
export function repositoryFolder(projectFolder: string): string | undefined {
  return gitFolder(resolve(projectFolder));
}

/** The top folder of the repository that a folder is in, whether git can read it or not; `undefined` without one. */
export function workTreeAround(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(resolve(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Whether git did not answer because there is no repository that it could tell of, neither around a folder nor named elsewhere. */
export function isWithoutRepository(folder: string, { because }: GitAnswer & { ok: false }): boolean {
  return because !== "namedElsewhere" && workTreeAround(folder) === undefined;
}

/** Git's folder of the repository that a folder is in; in a linked work tree `.git` is a file that names it. */
function gitFolder(start: string): string | undefined {
  const top = workTreeAround(start);
  if (top === undefined) return undefined;
  const path = resolve(top, ".git");
  const link = /^gitdir: (.+)$/m.exec(readTextIfThere(path, { forgive: "everything" }) ?? "")?.[1];
  return link === undefined ? path : resolve(top, link);
}

function packedRef(folder: string, ref: string): string | undefined {
  const lines = readTextIfThere(resolve(folder, "packed-refs"), { forgive: "everything" })?.split("\n") ?? [];
  return objectNameIn(lines.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0]);
}

function objectNameIn(text: string | undefined): string | undefined {
  const name = text?.trim() ?? "";
  return objectName.test(name) ? name : undefined;
}
