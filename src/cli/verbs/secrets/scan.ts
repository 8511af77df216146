import { openSecrets } from "../../../app/secrets/places/session.ts";
import { type Scanned, scanSecrets } from "../../../app/secrets/scan.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { count, showBytes } from "../../../errors/quantities.ts";
import { type Context, portsOf } from "../../context.ts";
import { tellNotices } from "../../render/progress-line.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell, warning } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const scan = defineVerb({
  name: "scan",
  summary: "Search for the actual values of the secrets where they must not be",
  usage: ["secrets scan [--history]"],
  description:
    "Searches for every value that can be read here, in its usual encodings, in the files of the project (even those that git\n" +
    "ignores) and in what is staged. Needs the values: without a key, nothing can be searched for, and it says so.",
  examples: [
    { command: "tidegate secrets scan", explains: "before a commit" },
    { command: "tidegate secrets scan --history", explains: "everything in git's history" },
  ],
  options: { history: { kind: "flag", summary: "Every version of every file in git, and every message" } },
  run: async (context, { options }) => {
    const session = await openSecrets(portsOf(context), tellNotices(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const scanned = await scanSecrets(session.value, options);
    if (!scanned.ok) return reportFailures(context, scanned.failures);
    return tellScan(context, scanned.value);
  },
});

function tellScan(context: Context, { reports, secrets, unchecked, skipped }: Scanned) {
  const findings = reports.flatMap((report) => report.findings);
  const unreadable = reports.flatMap((report) => report.unreadable);
  const files = reports.reduce((sum, report) => sum + report.files, 0);
  const bytes = reports.reduce((sum, report) => sum + report.bytes, 0);
  const warnings = [
    ...unchecked.map(({ environment, key, because }) =>
      warning(context, `not searched for: ${key} of ${environment}, ${because}`),
    ),
    ...unreadable.map((path) => warning(context, `not searched: ${path} cannot be read`)),
    ...skipped.map((what) => warning(context, `not checked: ${what}`)),
  ];
  const found = `${count(secrets, "value")} in ${count(files, "file")} (${showBytes(bytes)})`;
  const good = findings.length === 0 ? [done(context, `none of ${found}`)] : [];
  tell(context, { type: "secretsScanned", files, bytes, secrets, findings, unchecked, unreadable, skipped }, [
    ...warnings,
    ...good,
  ]);
  return findings.length === 0 ? exitCodes.done : reportFailures(context, findings.map(failureOf));
}

type Found = Scanned["reports"][number]["findings"][number];

function failureOf({ where, path, line, key, environment, encoding, part, commit }: Found): Failure {
  const at = line === undefined ? path : `${path}:${line}`;
  const of = part === "whole" ? "the value" : part === "line" ? "a line of the value" : "a part of the value";
  const places = {
    tree: "",
    index: ", as it is staged",
    release: ", in a release",
    history: commit === undefined ? ", in git's history" : `, in commit ${commit.slice(0, 12)}`,
  };
  const message = `${at}${places[where]} has ${of} of the secret ${key} of ${environment}`;
  const hint = `Remove it, and give ${key} another value: whoever has the file has this one.`;
  return { code: "secret-leaked", message, ...(encoding !== "plain" && { cause: `It is encoded: ${encoding}` }), hint };
}
