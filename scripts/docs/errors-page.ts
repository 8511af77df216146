import { failureCodes } from "../../src/errors/codes.ts";
import { type ExitCode, exitCodes } from "../../src/errors/exit-code.ts";

const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: "done",
  failed: "your task, check or deployment failed",
  wrong: "the definition or the call is wrong",
  refused: "a gate refused",
  broken: "Tidegate or the machine failed",
  interrupted: "interrupted",
};

/** The page about error codes, whole. */
export function errorsPage(): string {
  return [
    "<!-- Made from src/errors/codes.ts by `npm run docs:errors`. -->",
    "",
    "# Error codes",
    "",
    "Every failure has a code that keeps its meaning. `--json` prints it with the message, the place, the cause and a hint.",
    "When there are several failures, the exit code is the gravest one's: 130, 4, 2, 3, 1, in this order.",
    "",
    ...exitTable(),
    "",
    ...codeTable(),
    "",
  ].join("\n");
}

function exitTable(): string[] {
  const rows = Object.entries(exitCodes).map(
    ([name, code]) => `| ${code} | ${exitMeanings[name as keyof typeof exitCodes]} |`,
  );
  return ["| exit | meaning |", "|---|---|", ...rows];
}

function codeTable(): string[] {
  const entries: [string, { exit: ExitCode; summary: string }][] = Object.entries(failureCodes);
  const rows = entries.map(([code, { exit, summary }]) => `| \`${code}\` | ${exit} | ${summary} |`);
  return ["| code | exit | meaning |", "|---|---|---|", ...rows];
}
