import type { LeftOut } from "../events/event.ts";
import { askGit, type GitAnswer } from "../git/ask-git.ts";

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

/** What is kept beside a release: where it comes from, and what was not taken into it. */
export type ReleaseOrigin = Provenance & { readonly leftOut?: LeftOut };

/** What git says of a project folder. Starts no hook, takes no lock, asks no remote; never fails. */
export async function readProvenance(projectFolder: string): Promise<Provenance> {
  const git = (...args: readonly string[]) => askGit(projectFolder, args, { variables: process.env });
  const inside = await git("rev-parse", "--is-inside-work-tree");
  if (!inside.ok) return none(inside);
  // Inside `.git` itself, or of a bare repository, there are no sources.
  if (inside.output.trim() !== "true") return { git: "none", because: "noRepository" };
  const log = await git("log", "-1", "--no-show-signature", "--format=%H%x00%T%x00%cI%x00%s");
  if (!log.ok) return /does not have any commits/.test(log.sentence) ? { git: "none", because: "noCommit" } : none(log);
  const [commit = "", tree = "", committedAt = "", subject = ""] = log.output.replace(/\n$/, "").split("\0");
  const branch = await git("symbolic-ref", "--quiet", "--short", "HEAD");
  // Tidegate's own folder may not be ignored yet.
  const status = await git(
    "-c",
    "status.relativePaths=true",
    "status",
    "--porcelain",
    "-z",
    "--",
    ".",
    ":(exclude).tidegate",
  );
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

function none({ because, sentence }: GitAnswer & { ok: false }): NoProvenance {
  if (because === "noGit" || because === "noRepository") return { git: "none", because };
  return { git: "none", because: "unreadable", detail: sentence };
}
