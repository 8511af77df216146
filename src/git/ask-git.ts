import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import type { Failure } from "../errors/failure.ts";
import { namedElsewhere } from "./named-elsewhere.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Why git did not answer. `noRepository`: it finds none, and says so; `refused`: it does not trust the repository's owner;
 * `unreadable`: damaged, of a newer format, or anything else that it complains of; `tooMuch`, `tooSlow`: it was cut off;
 * `namedElsewhere`: it finds none, but the caller's environment names one.
 */
export type NoAnswerBecause =
  | "noGit"
  | "noRepository"
  | "namedElsewhere"
  | "refused"
  | "unreadable"
  | "tooMuch"
  | "tooSlow";

/** What git said, or that it said nothing that could be taken for an answer. */
export type GitAnswer =
  | { readonly ok: true; readonly code: number; readonly output: string }
  | {
      readonly ok: false;
      readonly because: NoAnswerBecause;
      /** Git's own sentence; without one, what happened to it. */
      readonly sentence: string;
      /** What helps, with the command where there is one. */
      readonly hint: string;
    };

export interface GitQuestion {
  /** The caller's; git gets the few of them that it needs, and none that names another repository. */
  readonly variables: Variables;
  /** Written to its standard input. */
  readonly input?: string;
  /** Exit codes that are answers. Default: 0 alone. */
  readonly answers?: readonly number[];
  /** Default: a minute. */
  readonly limitMs?: number;
}

/** Nothing that the repository or its user configures is run, and names come as they are. */
export const gitSettings: readonly string[] = [
  "core.fsmonitor=false",
  "core.quotePath=false",
  "core.pager=cat",
  "log.showSignature=false",
].flatMap((setting) => ["-c", setting]);
const mostBytes = 1 << 28;
const slowMs = 60_000;

/**
 * Asks git in a folder and changes nothing there. Every other outcome than an answer is one of its own: a git that failed has
 * not said "no". No argument may contain a secret.
 */
export function askGit(folder: string, argv: readonly string[], question: GitQuestion): Promise<GitAnswer> {
  const { variables, input, answers = [0], limitMs = slowMs } = question;
  const words = [...gitSettings, "--no-replace-objects", ...argv];
  const env = gitEnvironment(variables);
  const limits = { timeout: limitMs, killSignal: "SIGKILL", maxBuffer: mostBytes } as const;
  return new Promise((resolve) => {
    const git = execFile("git", words, { cwd: folder, env, ...limits }, (error, output, talk) => {
      if (error === null) return resolve({ ok: true, code: 0, output });
      if (typeof error.code === "number" && answers.includes(error.code))
        return resolve({ ok: true, code: error.code, output });
      const silent = noAnswer(folder, error, talk, limitMs);
      resolve(silent.because === "noRepository" ? (namedElsewhere(folder, variables) ?? silent) : silent);
    });
    // A git that ends early (or was never there) does not read to the end.
    git.stdin?.on("error", () => undefined);
    git.stdin?.end(input ?? "");
  });
}

/** Names that git separates by NUL. */
export function namesIn(output: string): string[] {
  return output.split("\0").filter((name) => name !== "");
}

/** That something cannot be known, because git does not answer. `what`: a sentence's beginning, "What has changed". */
export function unanswered(what: string, { sentence, hint }: GitAnswer & { ok: false }): Failure {
  return {
    code: "git-unavailable",
    message: `${what} cannot be determined: git does not answer`,
    cause: sentence,
    hint,
  };
}

/** In a hook GIT_DIR and its like name another repository (see `namedElsewhere`); what configures git itself is the user's, and counts. */
export function gitEnvironment(variables: Variables): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(([name]) =>
    /^(PATH|HOME|XDG_CONFIG_HOME|TMPDIR|GIT_CONFIG_.+)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    // A mount in the middle of a repository is still in it.
    GIT_DISCOVERY_ACROSS_FILESYSTEM: "1",
  };
}

type NoAnswer = GitAnswer & { ok: false };

function noAnswer(
  folder: string,
  error: Error & { code?: unknown; killed?: boolean },
  talk: string,
  limitMs: number,
): NoAnswer {
  const told = talk.trim().split("\n")[0] ?? "";
  if (error.code === "ENOENT") return existsSync(folder) ? noGit() : unreadable(`${folder} is not there`);
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
    return {
      ...unreadable(`git ${error.message}`),
      because: "tooMuch",
      sentence: "it prints more than can be read",
    };
  if (error.killed) return { ...unreadable(""), because: "tooSlow", sentence: `no answer within ${limitMs / 1000} s` };
  if (/dubious ownership/.test(talk)) return refused(told, folder, talk);
  if (/not a git repository/i.test(talk)) return noRepository(told);
  if (/repository extension|repo version|repository version/i.test(talk))
    return {
      ...unreadable(told),
      hint: "A newer git wrote this repository: install a newer one (git --version shows which one is here).",
    };
  return unreadable(told || error.message.split("\n")[0]!);
}

function noGit(): NoAnswer {
  const hint = "Install git: Tidegate asks it about this repository.";
  return { ok: false, because: "noGit", sentence: "git is not installed, or not on PATH", hint };
}

/** Git's remedy stands in its own words; it names the work tree. */
function refused(sentence: string, folder: string, talk: string): NoAnswer {
  const command =
    /git config --global --add safe\.directory .+/.exec(talk)?.[0] ??
    `git config --global --add safe.directory ${folder}`;
  const hint = `The repository belongs to another user. If you trust it: ${command.trim()}`;
  return { ok: false, because: "refused", sentence, hint };
}

function noRepository(sentence: string): NoAnswer {
  const hint =
    "Run this in a git repository, or repair the one that is here: git rev-parse --git-dir shows what git finds.";
  return { ok: false, because: "noRepository", sentence, hint };
}

function unreadable(sentence: string): NoAnswer {
  const hint = "Try git status in the project's folder: it has to work there first.";
  return { ok: false, because: "unreadable", sentence, hint };
}
