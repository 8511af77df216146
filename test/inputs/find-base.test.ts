import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findBase } from "../../src/inputs/git/find-base.ts";
import { removeTree } from "../support/remove-tree.ts";

const variables = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" };

function git(folder: string, ...words: string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  const options = { cwd: folder, env: variables, stdio: "pipe" } as const;
  return execFileSync("git", [...identity, ...words], options)
    .toString()
    .trim();
}

/** A repository with the branches main, release and feature, which began at release. */
function origin(): { readonly folder: string; readonly beside: (name: string) => string } {
  const parent = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-base-"));
  onTestFinished(() => removeTree(parent));
  const folder = join(parent, "origin");
  mkdirSync(folder);
  const commit = (text: string) => {
    writeFileSync(join(folder, "file"), text);
    git(folder, "add", "-A");
    git(folder, "commit", "-q", "-m", text);
  };
  git(folder, "init", "-q", "-b", "main");
  commit("one");
  git(folder, "checkout", "-q", "-b", "release");
  commit("release");
  git(folder, "checkout", "-q", "-b", "feature");
  commit("feature");
  git(folder, "checkout", "-q", "main");
  return { folder, beside: (name) => join(parent, name) };
}

const failure = (message: string, hint: string) => ({
  failures: [
    { code: "git-unavailable", message: expect.stringContaining(message), hint: expect.stringContaining(hint) },
  ],
});

describe("what changes are counted from", () => {
  it("is the branch that the CI system names; where that is not here, an error with the command that fetches it", async () => {
    const { folder, beside } = origin();
    // A checkout of the pull request's branch alone, of depth 1.
    const one = beside("one");
    git(folder, "init", "-q", "-b", "main", one);
    git(one, "remote", "add", "origin", `file://${folder}`);
    git(one, "fetch", "-q", "--depth", "1", "origin", "+refs/heads/feature:refs/remotes/origin/feature");
    git(one, "checkout", "-q", "-B", "feature", "refs/remotes/origin/feature");
    const named = { ...variables, GITHUB_BASE_REF: "main" };
    const command = "git fetch origin +refs/heads/main:refs/remotes/origin/main";
    expect(await findBase(one, undefined, named)).toMatchObject(
      failure("origin/main, which the CI system names", command),
    );
    // The hint followed, as it stands.
    git(one, ...command.split(" ").slice(1));
    git(one, "fetch", "-q", "--unshallow");
    expect(await findBase(one, undefined, named)).toMatchObject({ ok: true, value: { since: "origin/main" } });
  });

  it("is never another branch than the one that is named, not even the default branch", async () => {
    const { folder, beside } = origin();
    const clone = beside("clone");
    git(folder, "clone", "-q", "--single-branch", "--branch", "main", `file://${folder}`, clone);
    git(clone, "fetch", "-q", "origin", "feature");
    git(clone, "checkout", "-q", "FETCH_HEAD");
    for (const name of ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"]) {
      const answer = await findBase(clone, undefined, { ...variables, [name]: "release" });
      expect(answer).toMatchObject(failure("origin/release", "git fetch origin +refs/heads/release"));
    }
  });

  it("is never the branch itself: a clone of it alone has nothing to compare with", async () => {
    const { folder, beside } = origin();
    const clone = beside("clone");
    git(folder, "clone", "-q", "--depth", "1", "--branch", "feature", `file://${folder}`, clone);
    expect(await findBase(clone, undefined, variables)).toMatchObject(
      failure("there is no branch to compare with", "--since REF"),
    );
  });

  it("is the remote's default branch, whatever its name and the remote's", async () => {
    const { folder, beside } = origin();
    const clone = beside("clone");
    git(folder, "clone", "-q", "--origin", "upstream", `file://${folder}`, clone);
    git(clone, "checkout", "-q", "feature");
    const main = git(clone, "rev-parse", "upstream/main");
    expect(await findBase(clone, undefined, variables)).toEqual({
      ok: true,
      value: { since: "upstream/main", commit: main },
    });
  });

  it("in a shallow clone whose history does not reach it is told, with what fetches the rest", async () => {
    const { folder, beside } = origin();
    const clone = beside("clone");
    git(folder, "clone", "-q", "--depth", "1", "--no-single-branch", "--branch", "feature", `file://${folder}`, clone);
    expect(await findBase(clone, "origin/main", variables)).toMatchObject(
      failure("have no commit in common", "git fetch --unshallow"),
    );
  });
});
