import {
  parity as compare,
  holds,
  isComparison,
  type ParityReport,
  stateParity,
  verifyParity,
} from "../../app/environments/parity.ts";
import type { Session } from "../../app/session.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import type { Context } from "../context.ts";
import { parityLines } from "../render/lines/parity-lines.ts";
import { palette } from "../render/palette.ts";
import { widthOf } from "../render/table.ts";
import { done, note } from "../render/tell.ts";
import { verificationLines } from "../render/words/statement.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const parity = defineVerb({
  name: "parity",
  summary: "Compare environments: equal except where the definition says so",
  usage: ["parity [environment…] [options]", "parity --verify FILE"],
  description:
    "Compares what is serving or, where nothing is, what the definition says. A difference is declared (and why), a violation, or\n" +
    "unknown. Exit code 3 if there is a violation. Of secrets, it only tells whether they are the same.\n\n" +
    "--statement also writes an in-toto statement, which contains no secrets. --verify checks one, needs no secret, and says\n" +
    "what it does not prove; exit code 1 if it is wrong, 3 if it is right and reports violations.",
  examples: [
    { command: "tidegate parity", explains: "all environments" },
    { command: "tidegate parity staging production --all", explains: "two of them, including what is equal" },
    { command: "tidegate parity --statement parity.json", explains: "writes the comparison down" },
    { command: "tidegate parity --verify parity.json", explains: "checks a statement that somebody wrote" },
  ],
  arguments: [
    { name: "environment", summary: "Which ones; default: all; with one, also the one before it", many: true },
  ],
  options: {
    all: { kind: "flag", summary: "Also show what is equal", short: "a" },
    statement: { kind: "text", value: "FILE", summary: "Write it down as an in-toto statement" },
    verify: { kind: "text", value: "FILE", summary: "Check a statement, without any secret" },
  },
  run: (context, { arguments: environments, options: { all, statement, verify } }) =>
    withSession(context, "look", async (session) => {
      if (verify !== undefined && (statement !== undefined || environments.length > 0)) return failed(notBoth);
      if (verify !== undefined) return showVerification(context, session, verify);
      const compared =
        statement === undefined
          ? await compare(session, { environments })
          : await stateParity(session, { environments, file: statement });
      if (!compared.ok) return compared;
      const report = compared.value;
      const isKept = holds(report);
      const { stdout, json } = context;
      const view = { all, named: environments, width: widthOf(stdout) };
      if (json) stdout.write(`${JSON.stringify(jsonOf(report))}\n`);
      else stdout.write(`${parityLines(report, view, palette(stdout.color)).join("\n")}\n`);
      if (statement !== undefined) {
        note(context, done(context, `the statement is in ${statement}`));
        note(context, `  To check it: tidegate parity --verify ${shellWord(statement)}`);
      }
      return ok(isKept ? exitCodes.done : exitCodes.refused);
    }),
});

function jsonOf(report: ParityReport): object {
  return { type: "parity", holds: holds(report), compared: isComparison(report), ...report };
}

async function showVerification({ stdout, json }: Context, session: Session, file: string): Promise<Result<ExitCode>> {
  const verified = await verifyParity(session, { file });
  if (!verified.ok) return verified;
  const { problems, holds: isKept } = verified.value;
  if (json) stdout.write(`${JSON.stringify({ type: "parityVerified", ...verified.value })}\n`);
  else stdout.write(`${verificationLines(verified.value, palette(stdout.color)).join("\n")}\n`);
  if (problems.length > 0) return failed(refuted(file));
  return ok(isKept ? exitCodes.done : exitCodes.refused);
}

const notBoth = {
  code: "bad-arguments",
  message: "--verify checks a statement, and takes neither environments nor --statement",
  hint: "See: tidegate parity --help",
} as const;

function refuted(file: string) {
  return {
    code: "statement-refuted",
    message: `${file} is not right`,
    hint: `Write a new one: tidegate parity --statement ${file}`,
  } as const;
}
