import { execFile } from "node:child_process";

/** Where a release's sources stood. It is kept beside the release: the same files are the same release whoever packs them. */
export type Provenance = CommitProvenance | NoProvenance;

export interface CommitProvenance {
  readonly git: "commit";
  readonly commit: string;
  /** Of the commit's files: the same in a rebased or amended commit with the same files. */
  readonly tree: string;
  /** Absent when no branch is checked out. */
  readonly branch?: string;
  /** Whether files of the project are not as in the commit, or not in it. */
  readonly dirty: boolean;
  /** ISO 8601, with the committer's offset. */
  readonly committedAt: string;
  /** First line of the message. */
  readonly subject: string;
}

/** `unreadable`: git refuses, `detail` says why. */
export interface NoProvenance {
  readonly git: "none";
  readonly because: "noRepository" | "noCommit" | "noGit" | "unreadable";
  readonly detail?: string;
}

/** What git says of a project folder. Starts no hook, takes no lock, asks no remote; never fails. */
export async function readProvenance(projectFolder: string): Promise<Provenance> {
  const git = (...args: readonly string[]) => runGit(projectFolder, args);
  const inside = await git("rev-parse", "--is-inside-work-tree");
  if (!inside.ok || inside.output.trim() !== "true") return none(inside);
  const log = await git("log", "-1", "--no-show-signature", "--format=%H%x00%T%x00%cI%x00%s");
  if (!log.ok) return { git: "none", because: "noCommit" };
  const [commit = "", tree = "", committedAt = "", subject = ""] = log.output.replace(/\n$/, "").split("\0");
  const branch = await git("symbolic-ref", "--quiet", "--short", "HEAD");
  // Tidegate's own folder may not be ignored yet.
  const status = await git("status", "--porcelain", "-z", "--", ".", ":(exclude).tidegate");
  return {
    git: "commit",
    commit,
    tree,
    ...(branch.ok ? { branch: branch.output.trim() } : {}),
    // What cannot be told (more changes than fit) is not said to be clean.
    dirty: !status.ok || status.output !== "",
    committedAt,
    subject,
  };
}

interface GitAnswer {
  readonly ok: boolean;
  readonly output: string;
  readonly because?: NoProvenance["because"];
  readonly detail?: string;
}

/** The user's own settings must not start programs or change what is printed. */
const settings = ["core.fsmonitor=false", "core.quotePath=false", "status.relativePaths=true", "core.pager=cat"];

function runGit(folder: string, args: readonly string[]): Promise<GitAnswer> {
  const { PATH, HOME, XDG_CONFIG_HOME } = process.env;
  // Without the caller's GIT_…: in a hook they name another repository.
  const env = { PATH, HOME, XDG_CONFIG_HOME, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
  const argv = [...settings.flatMap((setting) => ["-c", setting]), ...args];
  const limits = { maxBuffer: 16 * 1024 * 1024, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile("git", argv, { cwd: folder, env, encoding: "utf8", ...limits }, (error, output, talk) => {
      resolve(error === null ? { ok: true, output } : { ok: false, output, ...explain(error, talk) });
    });
  });
}

function explain(error: Error & { readonly code?: unknown }, talk: string): Pick<GitAnswer, "because" | "detail"> {
  if (error.code === "ENOENT") return { because: "noGit" };
  if (talk.includes("not a git repository")) return { because: "noRepository" };
  return { because: "unreadable", detail: talk.trim().split("\n")[0] ?? "" };
}

/** Inside `.git` itself, or of a bare repository, git answers "false": there are no sources. */
function none({ because = "noRepository", detail }: GitAnswer): NoProvenance {
  return detail ? { git: "none", because, detail } : { git: "none", because };
}
