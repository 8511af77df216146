import { execFile } from "node:child_process";

type Variables = Readonly<Record<string, string | undefined>>;

/** A remote that does not answer by then has not answered. */
const localMs = 5_000;
const remoteMs = 10_000;

/**
 * Whether git says for certain that a branch is gone: there is a repository, it is not among the local branches, and each
 * remote says that it has none of that name. No git, no repository, a remote that cannot be reached: it is not gone. A
 * branch that was only ever fetched counts by what its remote says.
 */
export async function isBranchGone(folder: string, branch: string, variables: Variables): Promise<boolean> {
  if ((await hasLocalBranch(folder, branch, variables)) !== false) return false;
  const remotes = await git(folder, ["remote"], variables, localMs);
  if (remotes.code !== 0) return false;
  const names = remotes.stdout.split("\n").filter((name) => name !== "");
  const answers = await Promise.all(names.map((remote) => remoteHas(folder, remote, branch, variables)));
  return answers.every((has) => has === false);
}

/** Whether a local branch has that name; `undefined`: git does not say. Asks no remote. */
export async function hasLocalBranch(
  folder: string,
  branch: string,
  variables: Variables,
): Promise<boolean | undefined> {
  const found = await git(folder, ["show-ref", "--verify", "--quiet", `refs/heads/${branch}`], variables, localMs);
  if (found.code === 0) return true;
  if (found.code !== 1) return undefined;
  // `show-ref` says the same of a name that cannot be one. A repository without any commit has no branch yet.
  const head = await git(folder, ["rev-parse", "--verify", "--quiet", "HEAD"], variables, localMs);
  return head.code === 0 ? false : undefined;
}

async function remoteHas(folder: string, remote: string, branch: string, variables: Variables) {
  const args = ["ls-remote", "--exit-code", "--heads", "--", remote, `refs/heads/${branch}`];
  const { code } = await git(folder, args, variables, remoteMs);
  if (code === 0) return true;
  return code === 2 ? false : undefined;
}

interface Answer {
  /** `undefined`: it did not run, or not to its end. */
  readonly code: number | undefined;
  readonly stdout: string;
}

/** Never asks anybody for a password, and never fails. */
function git(cwd: string, args: readonly string[], variables: Variables, timeout: number): Promise<Answer> {
  // In a hook these name another repository, which would not have the branch.
  const {
    GIT_DIR: _folder,
    GIT_WORK_TREE: _workTree,
    GIT_COMMON_DIR: _common,
    GIT_NAMESPACE: _names,
    ...own
  } = variables;
  const env = { ...own, GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "true", SSH_ASKPASS: "true" };
  const ssh = variables.GIT_SSH_COMMAND ?? "ssh -o BatchMode=yes -o ConnectTimeout=5";
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const options = { cwd, timeout, killSignal: "SIGKILL", env: { ...env, GIT_SSH_COMMAND: ssh } } as const;
  execFile("git", args, options, (error, stdout) => {
    const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
    resolve({ code, stdout });
  }).on("error", () => resolve({ code: undefined, stdout: "" }));
  return promise;
}
