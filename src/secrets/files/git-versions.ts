import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { SignedVersion } from "@tidegate/sops";
import { failed, ok, type Result } from "../../errors/result.ts";
import { askGit, type GitAnswer, namesIn, unanswered, type Variables } from "../../git/ask-git.ts";
import { workTreeAround } from "../../git/git-commit.ts";
import { namedElsewhere } from "../../git/named-elsewhere.ts";
import { readObjects } from "../scan/git-objects.ts";
import { GitError } from "../scan/git-process.ts";

/** What git knows of the versions of a secrets file that somebody signed who may, or once might. */
export interface GitVersions {
  /** The one with the highest counter. Absent: none of them has one. */
  readonly newest?: GitVersion;
  /** Why there may be others. `noRepository`: there is no git here; `shallow`: the clone begins in the middle of the history. */
  readonly blind?: "noRepository" | "shallow";
}

/** A version that git has. */
export interface GitVersion {
  readonly counter: number;
  /** Staged; else in a commit that HEAD comes from. */
  readonly isStaged: boolean;
  /** Git's name of the content. */
  readonly object: string;
}

/** Which file, and who may sign it. Paths are absolute. */
export interface AskedFile {
  readonly path: string;
  readonly signersPath: string;
  /** The signing keys of today; those that the signers file ever had in git count, too. */
  readonly publicKeys: readonly string[];
}

const what = "Whether the secrets files are the newest";
const mostBytes = 16 << 20;
const signingKey = /\btgsign1[a-z0-9]+/g;

/**
 * Looks at every version of a file in the commits that HEAD comes from, and at the staged one. Branches that HEAD does not have do not
 * count: what is checked out is compared with its own past. Where there is a repository and git does not answer: `git-unavailable`.
 */
export async function gitVersions(asked: AskedFile, variables: Variables): Promise<Result<GitVersions>> {
  const real = realOf(asked.path);
  const folder = nearestFolder(dirname(real));
  const top = workTreeAround(folder);
  const elsewhere = top === undefined ? namedElsewhere(folder, variables) : undefined;
  if (elsewhere !== undefined) return failed(unanswered(what, elsewhere));
  if (top === undefined) return ok({ blind: "noRepository" });
  const names = [relative(folder, real)];
  const signers = realOf(asked.signersPath);
  if (workTreeAround(nearestFolder(dirname(signers))) === top) names.push(relative(folder, signers));
  const listed = await listObjects(folder, names, variables);
  if (!listed.ok) return failed(unanswered(what, listed));
  try {
    const newest = newestOf(asked, await readVersions(folder, listed.objects), listed.staged);
    return ok({ ...(newest && { newest }), ...(listed.isShallow && { blind: "shallow" as const }) });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const hint = "Try git fsck in the project's folder: its history has to be whole.";
    return failed(
      unanswered(what, {
        ok: false,
        because: "unreadable",
        sentence: error.message,
        hint,
      }),
    );
  }
}

/** The commit that a version came with, shortened; `undefined` when git does not say. */
export async function commitOf(
  path: string,
  { object }: GitVersion,
  variables: Variables,
): Promise<string | undefined> {
  const real = realOf(path);
  const folder = nearestFolder(dirname(real));
  const words = ["log", "--full-history", "--reverse", "--format=%h", `--find-object=${object}`, "HEAD", "--"];
  const told = await askGit(folder, [...words, relative(folder, real)], { variables });
  return told.ok ? told.output.split("\n")[0] || undefined : undefined;
}

interface Listed {
  readonly ok: true;
  readonly objects: ReadonlySet<string>;
  /** Those of the index. */
  readonly staged: ReadonlySet<string>;
  readonly isShallow: boolean;
}

async function listObjects(
  folder: string,
  names: readonly string[],
  variables: Variables,
): Promise<Listed | (GitAnswer & { ok: false })> {
  const ask = (argv: readonly string[], answers = [0]) =>
    askGit(folder, ["--literal-pathspecs", ...argv], { variables, answers });
  const [shallow, head, index] = await Promise.all([
    ask(["rev-parse", "--is-shallow-repository"]),
    // A repository without a commit is an answer.
    ask(["rev-parse", "--quiet", "--verify", "HEAD"], [0, 1]),
    ask(["ls-files", "--stage", "-z", "--", ...names]),
  ]);
  for (const answer of [shallow, head, index]) if (!answer.ok) return answer;
  const history =
    head.ok && head.code === 0
      ? await ask(["rev-list", "--objects", "--full-history", "HEAD", "--", ...names])
      : { ok: true as const, code: 0, output: "" };
  if (!history.ok) return history;
  const staged = index.ok ? namesIn(index.output).flatMap((line) => /^\d+ (\w+) 0\t/.exec(line)?.[1] ?? []) : [];
  const wanted = new Set(names.map((name) => basename(name)));
  const past = history.output.split("\n").flatMap((line) => {
    const [object = ""] = line.split(" ", 1);
    return wanted.has(basename(line.slice(object.length + 1))) ? [object] : [];
  });
  return {
    ok: true,
    objects: new Set([...past, ...staged]),
    staged: new Set(staged),
    isShallow: shallow.ok && shallow.output.trim() === "true",
  };
}

interface Versions {
  readonly signed: readonly { readonly object: string; readonly version: SignedVersion }[];
  /** Every signing key that stands in one of them: of the signers file's versions. */
  readonly publicKeys: ReadonlySet<string>;
}

/** @throws GitError */
async function readVersions(folder: string, objects: ReadonlySet<string>): Promise<Versions> {
  const { readSignedVersion } = await import("@tidegate/sops");
  const signed: { object: string; version: SignedVersion }[] = [];
  const publicKeys = new Set<string>();
  const take = (object: string, bytes: Buffer) => {
    const version = readSignedVersion(bytes);
    if (version !== undefined) signed.push({ object, version });
    // A secrets file names the key that signed it, which proves nothing.
    else if (!/\btgsig\d\./.test(bytes.toString("latin1")))
      for (const [key] of bytes.toString("latin1").matchAll(signingKey)) publicKeys.add(key);
  };
  let seen = 0;
  await readObjects(folder, objects, (object, type, size) => {
    seen += 1;
    if (type !== "blob" || size > mostBytes) return undefined;
    const pieces: Buffer[] = [];
    return { push: (piece) => void pieces.push(Buffer.from(piece)), end: () => take(object, Buffer.concat(pieces)) };
  });
  if (seen < objects.size) throw new GitError("versions of it are missing");
  return { signed, publicKeys };
}

function newestOf(
  { path, signersPath, publicKeys }: AskedFile,
  versions: Versions,
  staged: ReadonlySet<string>,
): GitVersion | undefined {
  const known = new Set([...publicKeys, ...versions.publicKeys]);
  const own = versions.signed.filter(({ version }) => known.has(version.publicKey) && version.isOf(path, signersPath));
  const all = own.map(({ object, version: { counter } }) => ({ object, counter, isStaged: staged.has(object) }));
  return all.reduce<GitVersion | undefined>(
    (best, one) => (best && best.counter >= one.counter ? best : one),
    undefined,
  );
}

/** Git knows what a link leads to by its own path. A file may be gone, and its folder. */
function realOf(path: string): string {
  const there = existsSync(path) ? path : nearestFolder(dirname(path));
  return join(realpathSync(there), relative(there, path));
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}
