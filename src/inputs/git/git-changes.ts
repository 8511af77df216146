import { execFileSync } from "node:child_process";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";

/** What has changed in a project since a commit, by git. */
export interface Changes {
  /** The commit that everything is compared with. */
  readonly base: string;
  /** As it was asked for, or found: `origin/main`. */
  readonly since: string;
  /** Relative to the project, with slashes: committed since, staged, not staged, and untracked; also what is gone. */
  readonly files: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Compares the project with the commit where its branch left `since`. Default: the branch that a pull request is for,
 * as CI systems say it; otherwise the remote's default branch, or what is checked out goes beyond it already, the
 * upstream. Starts git. Fails with `git-unavailable`.
 */
export function gitChanges(
  projectFolder: string,
  since: string | undefined,
  environment: Environment,
): Result<Changes> {
  const git = gitIn(projectFolder, environment);
  if (git("rev-parse", "--is-inside-work-tree") === undefined) return failed(noRepository(projectFolder));
  const ref = since ?? defaultBase(git, environment);
  if (ref === undefined) return failed(noBase());
  const commit = commitOf(git, ref);
  if (commit === undefined) return failed(noCommit(ref));
  const base = git("merge-base", commit, "HEAD")?.trim();
  if (base === undefined) return failed(noMergeBase(ref));
  const names = ["--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", base, "--", "."];
  const lists = [
    git("diff", ...names),
    git("diff", "--cached", ...names),
    git("ls-files", "--others", "--exclude-standard", "-z", "--", "."),
  ];
  const known = lists.filter((list) => list !== undefined);
  if (known.length < lists.length) return failed(noRepository(projectFolder));
  const files = new Set(known.flatMap((list) => list.split("\0")).filter((file) => file !== ""));
  return ok({ base, since: ref, files: [...files].sort(byCodeUnit) });
}

type Git = (...words: readonly string[]) => string | undefined;

/** `undefined` when git is not there or says no. Nothing that the repository configures is run. */
function gitIn(folder: string, environment: Environment): Git {
  const { PATH, HOME } = environment;
  const env = { PATH, HOME, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
  const options = { cwd: folder, env, encoding: "utf8", maxBuffer: 512 * 1024 * 1024, timeout: 60_000 } as const;
  return (...words) => {
    try {
      const argv = ["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", ...words];
      return execFileSync("git", argv, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    } catch {
      return undefined;
    }
  };
}

function commitOf(git: Git, ref: string): string | undefined {
  return git("rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`)?.trim();
}

function defaultBase(git: Git, environment: Environment): string | undefined {
  const target = environment.GITHUB_BASE_REF || environment.CI_MERGE_REQUEST_TARGET_BRANCH_NAME;
  const asked = target ? [`origin/${target}`, target] : [];
  const remote = git("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")?.trim();
  const usual = ["origin/main", "origin/master", "main", "master"];
  const candidates = [...asked, ...(remote ? [remote] : []), ...usual];
  const found = candidates.find((ref) => commitOf(git, ref) !== undefined);
  if (found !== undefined && !isCheckedOut(git, found)) return found;
  return commitOf(git, "@{upstream}") === undefined ? found : "@{upstream}";
}

function isCheckedOut(git: Git, ref: string): boolean {
  return git("symbolic-ref", "--quiet", "--short", "HEAD")?.trim() === ref;
}

function noRepository(folder: string): Failure {
  const message = "What has changed cannot be known: git does not answer here";
  const hint = "Run this in a git repository, with git installed, or without --affected and `changed(…)`.";
  return { code: "git-unavailable", message, cause: `git rev-parse failed in ${folder}`, hint };
}

function noBase(): Failure {
  const message = "What has changed cannot be known: there is no branch to compare with";
  const hint = "Name one: --since REF (a branch, a tag or a commit).";
  return { code: "git-unavailable", message, hint };
}

function noCommit(ref: string): Failure {
  const message = `What has changed cannot be known: git has no commit ${JSON.stringify(ref)}`;
  const hint = "Fetch it (git fetch origin), or name another one: --since REF.";
  return { code: "git-unavailable", message, hint };
}

function noMergeBase(ref: string): Failure {
  const message = `What has changed cannot be known: ${JSON.stringify(ref)} and HEAD have no commit in common`;
  const hint = "In a shallow clone, fetch the rest: git fetch --unshallow.";
  return { code: "git-unavailable", message, hint };
}
