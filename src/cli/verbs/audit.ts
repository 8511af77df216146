import {
  type Audited,
  type AuditVerified,
  exportAudit,
  listAudit,
  verifyAudit,
  verifyExport,
} from "../../app/audit/audit.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { count } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { auditRow } from "../render/lines/audit-rows.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { tableWithin, widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const exportVerb = defineVerb({
  name: "export",
  summary: "Write the whole log with its signed head, as JSON lines",
  usage: ["audit export [file]"],
  description:
    "Keep the file where whoever can change the state cannot change it: in a repository, on another machine. An older export in the\n" +
    "same place is replaced only if the log still says all that it says.",
  examples: [
    { command: "tidegate audit export audit.jsonl", explains: "a file to commit" },
    { command: "tidegate audit export | ssh backup 'cat > audit.jsonl'", explains: "somewhere else" },
  ],
  arguments: [{ name: "file", summary: "Where to; default: stdout" }],
  options: {},
  run: (context, { arguments: [file] }) =>
    withSession(context, "look", async (session) => {
      const exported = await exportAudit(session, file);
      if (!exported.ok) return exported;
      const { entries, text, file: path } = exported.value;
      if (path === undefined) context.stdout.write(text);
      else if (context.json)
        context.stdout.write(`${JSON.stringify({ type: "auditExported", entries, file: path })}\n`);
      else context.stdout.write(`${safeLine(path)}: ${count(entries, "entry", "entries")}\n`);
      return ok(undefined);
    }),
});

const verify = defineVerb({
  name: "verify",
  summary: "Find every edit, cut, exchange or reordering of the log, or of an export",
  usage: ["audit verify", "audit verify <file> [--key KEY]"],
  description:
    "Exit code 1 when something is wrong. With a file: that it is whole and signed with the project's key, and that the log here still\n" +
    "says all that it says. With --key it is looked through by itself, without the project.",
  examples: [
    { command: "tidegate audit verify", explains: "the log of this project" },
    { command: "tidegate audit verify audit.jsonl", explains: "whether anything was changed since the export" },
    {
      command: "tidegate audit verify audit.jsonl --key ed25519:Hx1s",
      explains: "anywhere: the key is the one that verify shows here",
    },
  ],
  arguments: [{ name: "file", summary: "An export; default: the log itself" }],
  options: { key: { kind: "text", value: "KEY", summary: "The public key that it has to be signed with" } },
  run: async (context, { arguments: [file], options: { key } }) => {
    if (key === undefined)
      return withSession(context, "look", async (session) => told(context, await verifyAudit(session, file)));
    const done = told(context, file === undefined ? failed(keyWithoutFile) : verifyExport(file, key));
    return done.ok ? exitCodes.done : reportFailures(context, done.failures);
  },
});

export const audit = defineVerb({
  name: "audit",
  summary: "Show who did what and why, export it signed, and prove that nothing of it was changed",
  usage: ["audit [environment] [--since TIME] [--who NAME]", "audit export [file]", "audit verify [file]"],
  description:
    "Every deployment, promotion, rollback and abort, every command in an environment, every change of secrets: by whom, and why. The log\n" +
    "only grows.",
  examples: [
    { command: "tidegate audit production --since 7d", explains: "of the last week" },
    { command: "tidegate audit --who ada --json", explains: "one JSON object per entry" },
  ],
  arguments: [{ name: "environment", summary: "Only this environment" }],
  options: {
    since: { kind: "text", value: "TIME", summary: "Only since then: 10m, 2h, 7d, 2026-01-31" },
    who: { kind: "text", value: "NAME", summary: "Only by those whose name, address or user contains this" },
    limit: { kind: "number", value: "N", summary: "How many", default: 50 },
  },
  verbs: [exportVerb, verify],
  run: (context, { arguments: [environment], options: { since, who, limit } }) =>
    withSession(context, "look", async (session) => {
      const listed = await listAudit(session, { environment, since, who, limit });
      if (!listed.ok) return listed;
      if (context.json) for (const one of listed.value) context.stdout.write(`${JSON.stringify(one)}\n`);
      else if (listed.value.length === 0) context.stderr.write("The audit log has no such entry.\n");
      else context.stdout.write(`${lines(context, listed.value).join("\n")}\n`);
      return ok(undefined);
    }),
});

function lines(context: Context, entries: readonly Audited[]): string[] {
  return tableWithin(
    entries.map((entry) => auditRow(entry, context.now())),
    widthOf(context.stdout),
  );
}

/** What was found is data, and the exit code. */
function told({ json, stdout }: Context, verified: Result<AuditVerified>): Result<undefined> {
  if (!verified.ok) return verified;
  const { findings } = verified.value;
  if (json)
    stdout.write(`${JSON.stringify({ type: "auditVerified", isWhole: findings.length === 0, ...verified.value })}\n`);
  else stdout.write(`${verdictLines(verified.value).join("\n")}\n`);
  return findings.length === 0 ? ok(undefined) : failed(broken(verified.value));
}

function verdictLines({ entries, head, key, proves, isCompared, findings }: AuditVerified): string[] {
  if (entries === 0 && findings.length === 0) return ["The audit log is empty: there is nothing to prove"];
  const range =
    proves === undefined
      ? ""
      : proves.from === proves.to
        ? `entry ${proves.to}`
        : `entries ${proves.from} to ${proves.to}`;
  return [
    count(entries, "entry", "entries"),
    proves === undefined ? "Nothing is proven" : `Proven: ${range}, up to the head ${head}`,
    ...(key === undefined ? [] : [`Key: ${key}`]),
    ...(isCompared && findings.length === 0 ? ["The log here still says all of it"] : []),
  ];
}

function broken({ findings }: AuditVerified): Failure {
  return {
    code: "audit-broken",
    message: "The audit log is not what was written",
    cause: findings.join("\n"),
    hint: "Compare it with an export that was kept elsewhere: tidegate audit verify FILE",
  };
}

const keyWithoutFile: Failure = {
  code: "bad-arguments",
  message: "--key is for a file",
  hint: "tidegate audit verify FILE --key KEY",
};
