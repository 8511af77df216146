import { resolve } from "node:path";
import { readTextIfThere } from "../files/read-if-there.ts";
import { repositoryFolder } from "./git-commit.ts";

/** Where CI systems that check out a commit say which branch it is of. A pull request's own branch comes first. */
const branchVariables = [
  "GITHUB_HEAD_REF",
  "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
  "CI_COMMIT_BRANCH",
  "BUILDKITE_BRANCH",
  "CIRCLE_BRANCH",
  "BRANCH_NAME",
];

/** The branch that is checked out, from git's own files; of a detached commit what the CI system says. */
export function checkedOutBranch(
  projectFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folder = repositoryFolder(projectFolder);
  const head =
    folder === undefined ? undefined : readTextIfThere(resolve(folder, "HEAD"), { forgive: "everything" })?.trim();
  const branch = /^ref: refs\/heads\/(.+)$/.exec(head ?? "")?.[1];
  if (branch !== undefined) return branch;
  const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = environment;
  const named = branchVariables.map((name) => environment[name]).find((value) => value);
  return named ?? (GITHUB_REF_TYPE === "branch" ? GITHUB_REF_NAME : undefined);
}
