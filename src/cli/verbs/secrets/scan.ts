import { leakCheck } from "../../../app/secrets/leak-check.ts";
import { openSecrets, type SecretsSession } from "../../../app/secrets/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { count, showBytes } from "../../../errors/quantities.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { projectSecrets } from "../../../secrets/providers/project-secrets.ts";
import type { Finding, ScanReport } from "../../../secrets/scan/finding.ts";
import { GitError } from "../../../secrets/scan/git-process.ts";
import { scanFiles } from "../../../secrets/scan/scan-files.ts";
import { scanHistory } from "../../../secrets/scan/scan-history.ts";
import { scanIndex } from "../../../secrets/scan/scan-index.ts";
import { treeFiles } from "../../../secrets/scan/tree-files.ts";
import type { Context } from "../../context.ts";
import { progressLine } from "../../render/progress-line.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell, warning } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const scan = defineVerb({
  name: "scan",
  summary: "Look for the actual values of the secrets where they must not be",
  usage: ["secrets scan [--history]"],
  description:
    "Looks for every value that can be read here, in its usual encodings, in the files of the project, also those that git\n" +
    "ignores, and in what is staged. Needs the values: with no key, nothing can be looked for, and that is said.",
  examples: [
    { command: "tidegate secrets scan", explains: "before a commit" },
    { command: "tidegate secrets scan --history", explains: "everything that git keeps" },
  ],
  options: { history: { kind: "flag", summary: "Every version of every file in git, and every message" } },
  run: async (context, { options }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const scanned = await scanProject(context, session.value, options.history);
    if (!scanned.ok) return reportFailures(context, scanned.failures);
    return tellScan(context, scanned.value);
  },
});

interface Scanned {
  readonly reports: readonly ScanReport[];
  readonly secrets: number;
  readonly unchecked: Awaited<ReturnType<typeof leakCheck>>["unchecked"];
  readonly skipped: readonly string[];
}

async function scanProject(context: Context, session: SecretsSession, withHistory: boolean): Promise<Result<Scanned>> {
  const { project, folder } = session;
  const secrets = projectSecrets(project, folder, context.env, context.signal);
  const { scanner, unchecked } = await leakCheck({ project, secrets });
  const progress = progressLine(context);
  const options = {
    signal: context.signal,
    onProgress: ({ files, total = files }: { files: number; total?: number }) =>
      progress.show("looked into", files, total),
  };
  const reports = [await scanFiles(scanner, { root: folder, paths: treeFiles(folder), where: "tree" }, options)];
  const skipped: string[] = [];
  try {
    reports.push(await scanIndex(scanner, folder, options));
    if (withHistory) reports.push(await scanHistory(scanner, folder, options));
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (withHistory)
      return failed({ code: "git-unavailable", message: "Git's history cannot be read", cause: error.message });
    skipped.push("what is staged: this is no git repository");
  } finally {
    progress.clear();
  }
  if (context.signal.aborted)
    return failed({ code: "interrupted", message: "Interrupted; not everything was looked at" });
  return ok({ reports, secrets: scanner.secrets.length, unchecked, skipped });
}

function tellScan(context: Context, { reports, secrets, unchecked, skipped }: Scanned) {
  const findings = reports.flatMap((report) => report.findings);
  const unreadable = reports.flatMap((report) => report.unreadable);
  const files = reports.reduce((sum, report) => sum + report.files, 0);
  const bytes = reports.reduce((sum, report) => sum + report.bytes, 0);
  const warnings = [
    ...unchecked.map(({ environment, key, because }) =>
      warning(context, `not looked for: ${key} of ${environment}, ${because}`),
    ),
    ...unreadable.map((path) => warning(context, `not looked into: ${path} cannot be read`)),
    ...skipped.map((what) => warning(context, `not looked at: ${what}`)),
  ];
  const found = `${count(secrets, "value")} in ${count(files, "file")} (${showBytes(bytes)})`;
  const good = findings.length === 0 ? [done(context, `none of ${found}`)] : [];
  tell(context, { type: "secretsScanned", files, bytes, secrets, findings, unchecked, unreadable, skipped }, [
    ...warnings,
    ...good,
  ]);
  return findings.length === 0 ? exitCodes.done : reportFailures(context, findings.map(failureOf));
}

function failureOf({ where, path, line, key, environment, encoding, part, commit }: Finding): Failure {
  const at = line === undefined ? path : `${path}:${line}`;
  const of = part === "whole" ? "the value" : part === "line" ? "a line of the value" : "a part of the value";
  const places = {
    tree: "",
    index: ", as it is staged",
    release: ", in a release",
    history: commit === undefined ? ", in git's history" : `, in commit ${commit.slice(0, 12)}`,
  };
  const message = `${at}${places[where]} has ${of} of the secret ${key} of ${environment}`;
  const hint = `Take it out, and give ${key} another value: whoever has the file has this one.`;
  return { code: "secret-leaked", message, ...(encoding !== "plain" && { cause: `It is encoded: ${encoding}` }), hint };
}
