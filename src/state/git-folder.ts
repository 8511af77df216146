import { readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { lstatIfThere } from "../files/lstat-if-there.ts";

/** The repository that a folder is in. */
export interface GitFolder {
  /** What all its worktrees share: `git rev-parse --git-common-dir`, without symbolic links. */
  readonly common: string;
  /** The folder of the checkout, in which `.git` is. */
  readonly top: string;
}

/**
 * Looks for the repository as git itself does, without git: the nearest `.git` of the folder and those above it.
 * `undefined` when there is none. Fails closed, with `state-unknown`, when there is one that cannot be what it says:
 * which state a checkout belongs to is never guessed. That includes a `.git` file that leads to somebody else's
 * repository, as an unpacked archive may have.
 */
export function findGitFolder(folder: string): Result<GitFolder | undefined> {
  for (let top = folder; ; top = dirname(top)) {
    const path = join(top, ".git");
    try {
      const found = lstatIfThere(path);
      if (found !== undefined) return ok({ common: commonFolder(path, found), top });
    } catch (error) {
      if (error instanceof NotUnderstood) return failed(notUnderstood(path, error.message));
      if (typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
      return failed(notUnderstood(path, (error as Error).message));
    }
    if (dirname(top) === top) return ok(undefined);
  }
}

/** A file that names a folder is one short line. */
const longestFile = 4_096;

class NotUnderstood extends Error {}

function commonFolder(path: string, found: Stats): string {
  const real = realpathSync(path);
  const kind = found.isSymbolicLink() ? statSync(real) : found;
  if (kind.isDirectory()) return repository(real);
  if (!kind.isFile()) throw new NotUnderstood("It is neither a folder nor a file.");
  const named = /^gitdir: (.+)$/.exec(readLine(path))?.[1];
  if (named === undefined) throw new NotUnderstood("It does not name a folder: `gitdir: …` is missing.");
  const folder = realpathSync(resolve(dirname(path), named));
  const shared = join(folder, "commondir");
  if (!isThere(shared)) {
    // `git init --separate-git-dir` and submodules: a repository of their own, not the `.git` of another checkout.
    if (basename(folder) === ".git") throw new NotUnderstood(`It names ${folder}, which is another checkout's.`);
    return repository(folder);
  }
  // A worktree's folder names the `.git` file that belongs to it.
  const back = readLine(join(folder, "gitdir"));
  if (!isSameFile(resolve(folder, back), path))
    throw new NotUnderstood(`It names ${folder}, a worktree that git knows at ${dirname(back)}: git worktree repair`);
  const common = readLine(shared);
  return repository(realpathSync(isAbsolute(common) ? common : join(folder, common)));
}

function repository(folder: string): string {
  const stat = statSync(folder);
  const user = process.getuid?.() ?? 0;
  if (!isThere(join(folder, "HEAD")) || !isThere(join(folder, "objects")))
    throw new NotUnderstood(`${folder} is not a git repository: HEAD or objects are missing.`);
  if (user !== 0 && stat.uid !== user) throw new NotUnderstood(`${folder} belongs to another user.`);
  return folder;
}

function readLine(path: string): string {
  const stat = statSync(path);
  if (!stat.isFile() || stat.size > longestFile) throw new NotUnderstood(`${path} is not one line.`);
  return readFileSync(path, "utf8").replace(/\r?\n$/, "");
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function notUnderstood(path: string, cause: string): Failure {
  return {
    code: "state-unknown",
    message: `It is unclear which state belongs to this checkout: ${path} cannot be followed`,
    cause,
    hint: `Repair it until this works: git -C ${shellWord(dirname(path))} rev-parse --git-common-dir`,
  };
}
