import { askGit } from "../../git/ask-git.ts";
import { servingIn } from "../../store/serving.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Session } from "../session.ts";

/** A commit of a release that what serves does not have. */
export interface Commit {
  readonly commit: string;
  readonly email: string;
  readonly author: string;
  readonly subject: string;
}

const mostCommits = 1_000;

/** What a release has in front of what serves, newest first; without that, its own commit. `undefined`: git does not know. */
export async function commitsOf(
  { folder, ports, store }: Pick<Session, "folder" | "ports" | "store">,
  environment: string,
  release: ReleaseRecord,
): Promise<readonly Commit[] | undefined> {
  const to = commitOf(release);
  if (to === undefined) return undefined;
  const serving = await servingIn(store, environment);
  const served = serving.ok && serving.value ? await store.findReleases(serving.value.release) : undefined;
  const from = served?.ok ? commitOf(served.value[0]) : undefined;
  const range = from === undefined || from === to ? ["-1", to] : [`${from}..${to}`];
  const format = "--format=%H%x00%ae%x00%an%x00%s%x00";
  const log = await askGit(folder, ["log", `--max-count=${mostCommits}`, format, ...range, "--"], {
    variables: ports.env,
  });
  if (!log.ok) return undefined;
  const lines = log.output.split("\0\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [commit = "", email = "", author = "", subject = ""] = line.split("\0");
    return { commit, email, author, subject };
  });
}

/** Who wrote them; absent when git does not know. */
export async function authorsOf(
  session: Session,
  environment: string,
  release: ReleaseRecord,
): Promise<{ readonly authors?: readonly string[] }> {
  const commits = await commitsOf(session, environment, release);
  return commits === undefined ? {} : { authors: [...new Set(commits.map(({ email }) => email.toLowerCase()))].sort() };
}

function commitOf(release: ReleaseRecord | undefined): string | undefined {
  const commit = (release?.provenance as { readonly commit?: unknown } | undefined)?.commit;
  return typeof commit === "string" && /^[0-9a-f]{7,64}$/.test(commit) ? commit : undefined;
}
