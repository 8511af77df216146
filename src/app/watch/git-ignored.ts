import { execFile } from "node:child_process";

/** Those of the files that git does not ignore; all of them where git cannot be asked. Paths are relative to the folder. */
export async function notIgnored(
  folder: string,
  files: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  if (files.length === 0) return [];
  const { PATH, HOME, XDG_CONFIG_HOME } = env;
  const options = { cwd: folder, env: { PATH, HOME, XDG_CONFIG_HOME, LC_ALL: "C" }, maxBuffer: 1 << 26 };
  const { promise, resolve } = Promise.withResolvers<string>();
  const git = execFile("git", ["check-ignore", "-z", "--stdin"], options, (_, stdout) => resolve(stdout));
  // A git that ends early (or was never there) does not read to the end.
  git.stdin?.on("error", () => undefined);
  git.stdin?.end(files.join("\0"));
  const ignored = new Set((await promise).split("\0"));
  return files.filter((file) => !ignored.has(file));
}
