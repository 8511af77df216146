import { execFile } from "node:child_process";
import type { DoctorCheck, Finding } from "./finding.ts";

/** Whether the project is under version control: a release says which commit it was made from. */
export const checkGit: DoctorCheck = async ({ folder }) => {
  const version = await git(folder, ["--version"]);
  if (version === undefined) return [warning("is not installed", "Install git, so that releases know their commit.")];
  const commit = await git(folder, ["rev-parse", "--short", "HEAD"]);
  if (commit !== undefined) return [{ state: "good", what: "git", detail: `commit ${commit}` }];
  const isRepository = (await git(folder, ["rev-parse", "--git-dir"])) !== undefined;
  const detail = isRepository ? "the repository has no commit yet" : "the project is in no repository";
  return [warning(detail, `Run: ${isRepository ? "git commit" : "git init"}, so that releases know their commit.`)];
};

function warning(detail: string, hint: string): Finding {
  return { state: "warning", what: "git", detail, hint };
}

/** What git says, or `undefined` when it fails. */
function git(folder: string, args: readonly string[]): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  execFile("git", [...args], { cwd: folder, timeout: 10_000 }, (error, stdout) =>
    resolve(error === null ? stdout.trim() : undefined),
  );
  return promise;
}
