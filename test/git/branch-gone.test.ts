import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasLocalBranch, isBranchGone } from "../../src/git/branch-gone.ts";
import { git, repository, temporaryFolder } from "../secrets/scan/support.ts";

/** Two repositories: in the first `mine` was made, in the other there is nothing but main. */
function repositories() {
  const [own, other] = [repository(), repository()];
  for (const folder of [own, other]) git(folder, "commit", "--allow-empty", "-m", "x");
  git(own, "branch", "mine");
  return { own, other };
}

const path = { PATH: process.env.PATH };

test("a branch is gone when git says so for certain, here and on each remote", async () => {
  const { own, other } = repositories();
  expect(await isBranchGone(own, "mine", path)).toBe(false);
  expect(await isBranchGone(own, "yours", path)).toBe(true);
  git(own, "remote", "add", "origin", other);
  expect(await isBranchGone(own, "yours", path)).toBe(true);
  git(other, "branch", "yours");
  expect(await isBranchGone(own, "yours", path)).toBe(false);
  rmSync(other, { recursive: true });
  expect(await isBranchGone(own, "nobodys", path)).toBe(false);
});

test("the repository that a hook's variables name has nothing to say about it", async () => {
  const { own, other } = repositories();
  const hook = {
    ...path,
    GIT_DIR: join(other, ".git"),
    GIT_WORK_TREE: other,
    GIT_INDEX_FILE: join(other, ".git/index"),
  };
  expect(await hasLocalBranch(own, "mine", hook)).toBe(true);
  expect(await isBranchGone(own, "mine", hook)).toBe(false);
  expect(await isBranchGone(own, "main", { ...hook, GIT_DIR: "/nowhere" })).toBe(false);
  expect(await isBranchGone(own, "yours", hook)).toBe(true);
});

test("where there is no repository but one that GIT_DIR names, no branch is gone", async () => {
  const { own } = repositories();
  const named = { ...path, GIT_DIR: join(own, ".git") };
  const outside = temporaryFolder();
  expect(await hasLocalBranch(outside, "yours", named)).toBeUndefined();
  expect(await isBranchGone(outside, "yours", named)).toBe(false);
});
