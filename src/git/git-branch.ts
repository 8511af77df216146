import { resolve } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { askGit, type GitAnswer, unanswered, type Variables } from "./ask-git.ts";
import { repositoryFolder } from "./git-commit.ts";
import { namedElsewhere } from "./named-elsewhere.ts";

/** Where CI systems that check out a commit say which branch it is of. A pull request's own branch comes first. */
const branchVariables = [
  "GITHUB_HEAD_REF",
  "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
  "CI_COMMIT_BRANCH",
  "BUILDKITE_BRANCH",
  "CIRCLE_BRANCH",
  "BRANCH_NAME",
];

/**
 * The branch that is checked out, from git's own files, and from git where these don't say; of a detached commit, and without a
 * repository, what the CI system says. `undefined`: none. Fails with `git-unavailable` where there is a repository and nobody says.
 */
export async function checkedOutBranch(
  projectFolder: string,
  variables: Variables,
): Promise<Result<string | undefined>> {
  const own = await branchInGit(resolve(projectFolder), variables);
  if (own.ok && own.branch !== undefined) return ok(own.branch);
  const told = toldByCi(variables);
  return own.ok || told !== undefined ? ok(told) : failed(unanswered("Which branch is checked out", own));
}

type BranchInGit = { readonly ok: true; readonly branch?: string } | (GitAnswer & { ok: false });

async function branchInGit(projectFolder: string, variables: Variables): Promise<BranchInGit> {
  const folder = repositoryFolder(projectFolder);
  if (folder === undefined) return namedElsewhere(projectFolder, variables) ?? { ok: true };
  const head = readTextIfThere(resolve(folder, "HEAD"), { forgive: "everything" })?.trim() ?? "";
  if (/^[0-9a-f]{40,64}$/.test(head)) return { ok: true };
  const branch = /^ref: refs\/heads\/(.+)$/.exec(head)?.[1];
  // Where git keeps its references another way, this file has a name that none can have.
  if (branch !== undefined && !branch.startsWith(".")) return { ok: true, branch };
  const asked = await askGit(projectFolder, ["symbolic-ref", "--quiet", "--short", "HEAD"], {
    variables,
    answers: [0, 1],
  });
  if (!asked.ok) return asked;
  return asked.code === 0 ? { ok: true, branch: asked.output.trim() } : { ok: true };
}

function toldByCi(variables: Variables): string | undefined {
  const { GITHUB_REF_TYPE, GITHUB_REF_NAME } = variables;
  const named = branchVariables.map((name) => variables[name]).find((value) => value);
  return named ?? (GITHUB_REF_TYPE === "branch" ? GITHUB_REF_NAME : undefined);
}
