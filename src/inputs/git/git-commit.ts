import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readIfThere } from "../../files/state-folder.ts";

const objectName = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The commit that is checked out in a project, read from git's own files; `undefined` without one. */
export function checkedOutCommit(projectFolder: string): string | undefined {
  const folder = gitFolder(resolve(projectFolder));
  if (folder === undefined) return undefined;
  const head = readIfThere(resolve(folder, "HEAD"))?.trim();
  if (head === undefined || !head.startsWith("ref: ")) return objectNameIn(head);
  const common = resolve(folder, readIfThere(resolve(folder, "commondir"))?.trim() ?? ".");
  const ref = head.slice("ref: ".length);
  if (!/^refs\/[^\0]+$/.test(ref) || ref.includes("..")) return undefined;
  return objectNameIn(readIfThere(resolve(common, ref))) ?? packedRef(common, ref);
}

/** Git's folder of the repository that a project is in; `undefined` without one. */
export function repositoryFolder(projectFolder: string): string | undefined {
  return gitFolder(resolve(projectFolder));
}

/** Git's folder of the repository that a folder is in; in a linked work tree `.git` is a file that names it. */
function gitFolder(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = resolve(folder, ".git");
    if (existsSync(path)) {
      const link = /^gitdir: (.+)$/m.exec(readIfThere(path) ?? "")?.[1];
      return link === undefined ? path : resolve(folder, link);
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function packedRef(folder: string, ref: string): string | undefined {
  const lines = readIfThere(resolve(folder, "packed-refs"))?.split("\n") ?? [];
  return objectNameIn(lines.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0]);
}

function objectNameIn(text: string | undefined): string | undefined {
  const name = text?.trim() ?? "";
  return objectName.test(name) ? name : undefined;
}
