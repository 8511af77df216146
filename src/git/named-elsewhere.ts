import { relative, resolve, sep } from "node:path";

/** A repository that the caller's environment names, and that is not asked. */
export interface NamedElsewhere {
  readonly ok: false;
  readonly because: "namedElsewhere";
  readonly sentence: string;
  readonly hint: string;
}

const names = ["GIT_DIR", "GIT_WORK_TREE"];

/**
 * Whether the caller's environment names a repository for a folder that has no `.git` in or above it: git itself would take
 * that one (files of a home folder under version control are often kept so). Only a repository that lies around the folder
 * is asked, since in a hook these variables may name another one; but then it is not known that nothing is tracked there.
 * A work tree that is named and does not hold the folder has nothing to say about it. `folder` is absolute.
 */
export function namedElsewhere(
  folder: string,
  variables: Readonly<Record<string, string | undefined>>,
): NamedElsewhere | undefined {
  const { GIT_DIR: gitFolder, GIT_WORK_TREE: workTree } = variables;
  if (!gitFolder && !workTree) return undefined;
  if (workTree && !holds(resolve(folder, workTree), folder)) return undefined;
  const set = names.filter((name) => variables[name]).map((name) => `${name}=${variables[name]}`);
  const found = gitFolder ? adopt(resolve(folder, gitFolder), resolve(folder, workTree || ".")) : "";
  return {
    ok: false,
    because: "namedElsewhere",
    sentence: `${set.join(" ")} names a repository, and only one whose .git lies in ${folder} or above is asked`,
    hint: `If it has nothing to do with these files: unset GIT_DIR GIT_WORK_TREE.${found}`,
  };
}

/** Makes it one that is found; a bare repository would have no work tree. */
function adopt(gitFolder: string, top: string): string {
  const command = `git --git-dir '${gitFolder}' config core.bare false && echo 'gitdir: ${gitFolder}' > '${top}/.git'`;
  return ` If it tracks them: ${command}`;
}

function holds(top: string, folder: string): boolean {
  const way = relative(top, folder);
  return way !== ".." && !way.startsWith(`..${sep}`);
}
