import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { unanswered } from "../../git/ask-git.ts";
import { workTreeAround } from "../../git/git-commit.ts";
import { namedElsewhere } from "../../git/named-elsewhere.ts";
import { projectSecrets } from "../../secrets/providers/project-secrets.ts";
import type { ScanReport } from "../../secrets/scan/finding.ts";
import { GitError } from "../../secrets/scan/git-process.ts";
import { scanFiles } from "../../secrets/scan/scan-files.ts";
import { isShallow, scanHistory } from "../../secrets/scan/scan-history.ts";
import { scanIndex } from "../../secrets/scan/scan-index.ts";
import { treeFiles } from "../../secrets/scan/tree-files.ts";
import { leakCheck } from "./leak-check.ts";
import type { SecretsSession } from "./places/session.ts";

export interface Scanned {
  readonly reports: readonly ScanReport[];
  readonly secrets: number;
  readonly unchecked: Awaited<ReturnType<typeof leakCheck>>["unchecked"];
  readonly skipped: readonly string[];
}

/** Looks for the values of the secrets in the project's files and what is staged; in git's history too when asked. */
export async function scanSecrets(
  session: SecretsSession,
  { history: withHistory }: { readonly history: boolean },
): Promise<Result<Scanned>> {
  const { project, folder, ports, say } = session;
  const secrets = projectSecrets(project, folder, ports.env, ports.signal);
  const { scanner, unchecked } = await leakCheck({ project, secrets });
  const options = {
    signal: ports.signal,
    onProgress: ({ files, total = files }: { files: number; total?: number }) =>
      say({ notice: "progress", what: "looked into", done: files, of: total }),
  };
  const reports = [await scanFiles(scanner, { root: folder, paths: treeFiles(folder), where: "tree" }, options)];
  const skipped: string[] = [];
  try {
    reports.push(await scanIndex(scanner, folder, options));
    if (withHistory) {
      reports.push(await scanHistory(scanner, folder, options));
      if (await isShallow(folder))
        skipped.push("the history before the oldest commit of this shallow clone: git fetch --unshallow fetches it");
    }
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const elsewhere = namedElsewhere(folder, ports.env);
    if (elsewhere !== undefined && workTreeAround(folder) === undefined)
      return failed(unanswered("What is staged", elsewhere));
    // What is staged is what a commit would hold: not to know it is not to have found nothing in it.
    if (withHistory || workTreeAround(folder) !== undefined) return failed(unread(withHistory, error));
    skipped.push("what is staged: this is not a git repository");
  } finally {
    say({ notice: "progressEnded" });
  }
  if (ports.signal.aborted) return failed({ code: "interrupted", message: "Interrupted; not everything was searched" });
  return ok({ reports, secrets: scanner.secrets.length, unchecked, skipped });
}

function unread(withHistory: boolean, { message: cause }: GitError): Failure {
  const message = withHistory ? "Git's history cannot be read" : "What is staged cannot be read: git does not answer";
  const hint = "Try git status in the project's folder: it has to work there first.";
  return { code: "git-unavailable", message, cause, hint };
}
