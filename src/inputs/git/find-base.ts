import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { askGit, unanswered, type Variables } from "../../git/ask-git.ts";

/** The commit that a branch began at. */
export interface Base {
  readonly commit: string;
  /** What it was found by: `origin/main`. */
  readonly since: string;
}

/** Where CI systems say which branch a change is to go into. */
const targetVariables = [
  "GITHUB_BASE_REF",
  "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
  "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
  "CHANGE_TARGET",
  "BITBUCKET_PR_DESTINATION_BRANCH",
  "SYSTEM_PULLREQUEST_TARGETBRANCHNAME",
  "DRONE_TARGET_BRANCH",
  "CI_COMMIT_TARGET_BRANCH",
];

const commands = { shallow: "git fetch --unshallow" } as const;

/**
 * Where the branch that is checked out left `since`. Default: the branch that the CI system names as a change's target, else
 * the remote's default branch. What was named and is not here is an error with the command that fetches it, and never
 * replaced by another: a wrong base says "nothing has changed". Fails with `git-unavailable`.
 */
export async function findBase(folder: string, since: string | undefined, variables: Variables): Promise<Result<Base>> {
  const git = new Refs(folder, variables);
  const found = since === undefined ? await defaultBase(git, variables) : await named(git, since);
  if (!found.ok) return found;
  const shared = await git.ask(["merge-base", found.value.commit, "HEAD"], [1]);
  if (!shared.ok) return failed(unanswered("What has changed", shared));
  const commit = shared.output.trim();
  return commit === "" ? failed(noMergeBase(found.value.since)) : ok({ commit, since: found.value.since });
}

async function named(git: Refs, ref: string): Promise<Result<Base>> {
  const commit = await git.commit(ref);
  return commit === undefined ? failed(noCommit(ref)) : ok({ commit, since: ref });
}

async function defaultBase(git: Refs, variables: Variables): Promise<Result<Base>> {
  const target = targetVariables.map((name) => variables[name]).find((value) => value);
  const remote = await git.remote();
  if (target !== undefined) return await targetOf(git, target.replace(/^refs\/heads\//, ""), remote);
  const head = await git.symbolic(`refs/remotes/${remote}/HEAD`);
  const usual = [`${remote}/main`, `${remote}/master`, "main", "master"];
  for (const ref of head === undefined ? usual : [head, ...usual]) {
    const commit = await git.commit(ref);
    if (commit !== undefined) return ok({ commit, since: ref });
  }
  return failed(noBase(remote));
}

/** A local branch of that name may be older than what the change goes into, and is only taken where there is no remote. */
async function targetOf(git: Refs, target: string, remote: string): Promise<Result<Base>> {
  const ref = `${remote}/${target}`;
  const commit = await git.commit(`refs/remotes/${ref}`);
  if (commit !== undefined) return ok({ commit, since: ref });
  if (await git.hasRemote()) return failed(notFetched(target, remote));
  const local = await git.commit(`refs/heads/${target}`);
  return local === undefined ? failed(noCommit(target)) : ok({ commit: local, since: target });
}

/** What a repository's names stand for. */
class Refs {
  readonly #folder: string;
  readonly #variables: Variables;

  constructor(folder: string, variables: Variables) {
    this.#folder = folder;
    this.#variables = variables;
  }

  ask(argv: readonly string[], alsoAnswers: readonly number[] = []) {
    return askGit(this.#folder, argv, { variables: this.#variables, answers: [0, ...alsoAnswers] });
  }

  async commit(ref: string): Promise<string | undefined> {
    return this.#word(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  }

  async symbolic(ref: string): Promise<string | undefined> {
    return this.#word(["symbolic-ref", "--quiet", "--short", ref]);
  }

  async hasRemote(): Promise<boolean> {
    return (await this.#word(["remote"])) !== undefined;
  }

  /** `origin`, unless there is only one and it has another name. */
  async remote(): Promise<string> {
    const names = (await this.#word(["remote"]))?.split("\n") ?? [];
    return names.length === 1 ? names[0]! : "origin";
  }

  async #word(argv: readonly string[]): Promise<string | undefined> {
    const answer = await this.ask(argv);
    return answer.ok ? answer.output.trim() || undefined : undefined;
  }
}

const what = "What has changed is unknown";

function noBase(remote: string): Failure {
  const message = `${what}: there is no branch to compare with`;
  const hint = `Fetch the default branch (git fetch ${remote} main:refs/remotes/${remote}/main), or name what to compare with: --since REF (a branch, a tag or a commit).`;
  return { code: "git-unavailable", message, cause: `no ${remote}/HEAD, no branch main or master`, hint };
}

function notFetched(target: string, remote: string): Failure {
  const message = `${what}: ${remote}/${target}, which the CI system names, is not here`;
  const hint = `Fetch it: git fetch ${remote} +refs/heads/${target}:refs/remotes/${remote}/${target} (in a shallow clone also: ${commands.shallow}), or name another one: --since REF.`;
  return { code: "git-unavailable", message, hint };
}

function noCommit(ref: string): Failure {
  const hint = "Fetch it (git fetch origin), or name another one: --since REF.";
  return { code: "git-unavailable", message: `${what}: git has no commit ${JSON.stringify(ref)}`, hint };
}

function noMergeBase(ref: string): Failure {
  const message = `${what}: ${JSON.stringify(ref)} and HEAD have no commit in common`;
  const hint = `In a shallow clone, fetch the rest: ${commands.shallow}.`;
  return { code: "git-unavailable", message, hint };
}
