import { join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { askGit, type GitAnswer, namesIn, unanswered, type Variables } from "../../git/ask-git.ts";
import { convertedFiles } from "./converted-files.ts";
import { findBase } from "./find-base.ts";

/** What has changed in a project since a commit, by git. Paths are relative to the project, with slashes, sorted. */
export interface Changes extends ChangedPaths {
  /** The commit that everything is compared with. */
  readonly base: string;
  /** As it was asked for, or found: `origin/main`. */
  readonly since: string;
}

export interface ChangedPaths {
  /** Committed since, staged, not staged, untracked; also what is gone, has other line endings, and what is in submodules. */
  readonly files: readonly string[];
  /** Links, and repositories that git does not look into: everything behind or in them may have changed. */
  readonly folders: readonly string[];
  /**
   * What git does not look at, a folder with a slash at its end: ignored, told to be taken for unchanged, or of which it
   * compares another form than the one on the disk.
   */
  readonly unseen: readonly string[];
}

const what = "What has changed";

/**
 * Compares the project, its submodules included, with the commit where its branch left `since`. Default: see `findBase`.
 * Starts git. Fails with `git-unavailable`: no answer is never "nothing has changed".
 */
export async function gitChanges(
  projectFolder: string,
  since: string | undefined,
  variables: Variables,
): Promise<Result<Changes>> {
  const inside = await askGit(projectFolder, ["rev-parse", "--is-inside-work-tree"], { variables });
  if (!inside.ok) return failed(unanswered(what, inside));
  if (inside.output.trim() !== "true") return failed(noWorkTree(projectFolder));
  const base = await findBase(projectFolder, since, variables);
  if (!base.ok) return base;
  const paths = await pathsSince(projectFolder, base.value.commit, variables);
  if (!paths.ok) return failed(unanswered(what, paths.answer));
  return ok({ base: base.value.commit, since: base.value.since, ...sorted(paths) });
}

type Paths =
  | (ChangedPaths & { readonly ok: true })
  | { readonly ok: false; readonly answer: GitAnswer & { ok: false } };

/** One repository, and those in it. */
async function pathsSince(folder: string, base: string, variables: Variables): Promise<Paths> {
  const ask = (...argv: string[]) => askGit(folder, [...looksClosely, ...argv], { variables });
  const converted = await convertedFiles(folder, (argv, more) => askGit(folder, argv, { variables, ...more }));
  if (!converted.ok) return converted;
  const names = ["--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty"];
  const answers = await Promise.all([
    ask("diff", ...names, "--relative", base, "--", "."),
    ask("diff", "--cached", ...names, "--relative", base, "--", "."),
    ask("ls-files", "--others", "--exclude-standard", "-z", "--", "."),
    ask("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z", "--", "."),
    ask("ls-files", "--stage", "-v", "-z", "--", "."),
  ]);
  const silent = answers.find((answer) => !answer.ok);
  if (silent?.ok === false) return { ok: false, answer: silent };
  const [worktree, staged, untracked, ignored, index] = answers.map((answer) => (answer.ok ? answer.output : "")) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const changed = [...changesIn(worktree), ...changesIn(staged)];
  const others = namesIn(untracked).map((name) => name.replace(/\/$/, ""));
  const entries = entriesIn(index);
  const found: Paths = {
    ok: true,
    files: [...changed.map(({ path }) => path), ...others, ...converted.changed],
    folders: [
      ...changed.filter((change) => change.modes.includes(linkMode)).map(({ path }) => path),
      ...others.filter((path) => !isFile(join(folder, path))),
    ],
    unseen: [
      ...namesIn(ignored),
      ...converted.unseen,
      ...entries.filter(({ isHidden }) => isHidden).map(({ path }) => path),
    ],
  };
  return await withSubmodules(found, folder, submodulesOf(changed, entries), variables);
}

/** The caller's settings must not hide what the walk for inputs sees. */
const looksClosely = ["-c", "core.fileMode=true", "-c", "core.ignoreStat=false", "-c", "core.checkStat=default"];

const linkMode = "120000";
const submoduleMode = "160000";

interface Change {
  readonly path: string;
  readonly modes: readonly string[];
  /** What it was, all zeros when it was not there. */
  readonly before: string;
}

/** `:100644 100644 OLD NEW M` NUL `path` NUL, as git's diff format documentation has it. */
function changesIn(raw: string): Change[] {
  const fields = namesIn(raw);
  const changes: Change[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [before = "", after = "", object = ""] = fields[at]!.slice(1).split(" ");
    changes.push({ path: fields[at + 1]!, modes: [before, after], before: before === submoduleMode ? object : "" });
  }
  return changes;
}

interface IndexEntry {
  readonly path: string;
  readonly mode: string;
  readonly object: string;
  /** `assume-unchanged` (a small letter) or `skip-worktree` (S). */
  readonly isHidden: boolean;
}

/** `H 100644 OBJECT 0` TAB `path` NUL. Only what is not a plain file that git looks at. */
function entriesIn(index: string): IndexEntry[] {
  return namesIn(index).flatMap((line) => {
    const tab = line.indexOf("\t");
    const [tag = "", mode = "", object = ""] = line.slice(0, tab).split(" ");
    const isHidden = /^[a-zS]/.test(tag);
    return isHidden || mode === submoduleMode ? [{ path: line.slice(tab + 1), mode, object, isHidden }] : [];
  });
}

/** By path, the commit that each had in the base: that of the index, unless git says that it moved. */
function submodulesOf(changed: readonly Change[], entries: readonly IndexEntry[]): ReadonlyMap<string, string> {
  const known = entries.filter(({ mode }) => mode === submoduleMode).map(({ path, object }) => [path, object] as const);
  const moved = changed
    .filter(({ modes }) => modes.includes(submoduleMode))
    .map(({ path, before }) => [path, before] as const);
  return new Map([...known, ...moved]);
}

/** Each is asked for itself, with the commit that it had; where it does not answer, all of it may have changed. */
async function withSubmodules(
  found: ChangedPaths,
  folder: string,
  submodules: ReadonlyMap<string, string>,
  variables: Variables,
): Promise<Paths> {
  const moved = new Set(found.files);
  const within = await Promise.all(
    [...submodules].map(async ([path, before]): Promise<ChangedPaths> => {
      const unknown = { files: moved.has(path) ? [path] : [], folders: moved.has(path) ? [path] : [], unseen: [] };
      if (!isRepository(join(folder, path))) return unknown;
      const paths = /^0*$/.test(before) ? undefined : await pathsSince(join(folder, path), before, variables);
      return paths?.ok ? below(path, paths) : { files: [path], folders: [path], unseen: [] };
    }),
  );
  return {
    ok: true,
    files: [...found.files, ...within.flatMap(({ files }) => files)],
    folders: [...found.folders, ...within.flatMap(({ folders }) => folders)],
    unseen: [...found.unseen, ...within.flatMap(({ unseen }) => unseen)],
  };
}

function below(folder: string, { files, folders, unseen }: ChangedPaths): ChangedPaths {
  const put = (paths: readonly string[]) => paths.map((path) => `${folder}/${path}`);
  return { files: put(files), folders: put(folders), unseen: put(unseen) };
}

function sorted({ files, folders, unseen }: ChangedPaths): ChangedPaths {
  const sort = (paths: readonly string[]) => [...new Set(paths)].sort(byCodeUnit);
  return { files: sort(files), folders: sort(folders), unseen: sort(unseen) };
}

function isFile(path: string): boolean {
  return lstatIfThere(path)?.isFile() ?? true;
}

function isRepository(folder: string): boolean {
  return lstatIfThere(join(folder, ".git")) !== undefined;
}

function noWorkTree(folder: string): Failure {
  const message = `${what} cannot be determined: there are no sources under version control here`;
  const hint = "Run this in the work tree of a git repository, or do without --affected and `changed(…)`.";
  return { code: "git-unavailable", message, cause: `${folder} is inside git's own folder`, hint };
}
