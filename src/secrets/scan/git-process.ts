import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { gitEnvironment, gitSettings } from "../../git/ask-git.ts";

/** Git failed, or there is none. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/** A running git. */
export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** A git that reads the repository at `folder` and changes nothing. No argument may contain a secret. */
export function startGit(folder: string, args: readonly string[]): GitProcess {
  const argv = [...gitSettings, "--no-replace-objects", ...args];
  const child = spawn("git", argv, { cwd: folder, env: gitEnvironment(process.env), stdio: ["pipe", "pipe", "pipe"] });
  // Whoever reads its output learns that it ended.
  child.stdin.on("error", () => undefined);
  return child;
}

/** Resolves when git has ended well. @throws GitError */
export async function gitEnd(child: GitProcess): Promise<void> {
  let talk = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    talk = (talk + text).slice(-2000);
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new GitError(talk.trim().split("\n")[0] || `git ended with ${code}`);
  } catch (error) {
    if (error instanceof GitError) throw error;
    throw new GitError((error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no git" : String(error));
  }
}

/** All that git prints. @throws GitError */
export async function gitOutput(folder: string, args: readonly string[]): Promise<Buffer> {
  const child = startGit(folder, args);
  child.stdin.end();
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  await gitEnd(child);
  return Buffer.concat(pieces);
}
