import type { NotProven, StatementProblem, Verification } from "../../../app/environments/parity.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";

/** What was checked, what is wrong, and what it does not prove. */
export function verificationLines({ problems, notProven, compared, holds }: Verification, colors: Palette): string[] {
  const good = colors.good(marks.done);
  const bad = colors.bad(marks.failed);
  const found = problems.map((problem) => `${bad} ${showProblem(problem)}`);
  const right = [
    `${good} it is well-formed under the rules of this definition, and its results follow from its contents`,
    ...compared.map((name) => `${good} ${safeLine(name)} is as stated, not counting its secrets`),
  ];
  // What is wrong says nothing that counts.
  const kept = problems.length === 0 ? good : colors.faint(marks.skipped);
  const says = holds ? `${kept} it says: equal except where declared` : `${bad} it says that there are violations`;
  return [
    ...(problems.length === 0 ? right : found),
    says,
    "",
    "It does not prove:",
    ...notProven.map((one) => `  ${colors.warn(marks.warning)} ${showNotProven(one)}`),
  ];
}

function showProblem(problem: StatementProblem): string {
  switch (problem.problem) {
    case "policyChanged":
      return "the definition declares other differences than the ones it was judged by";
    case "otherProject":
      return `it is about another project: ${safeLine(problem.project)}`;
    case "resultsWrong":
      return `these results do not follow from its contents: ${list(problem.rows)}`;
    case "subjectsWrong":
      return `the digests of these subjects are wrong: ${list(problem.names)}`;
    case "notSo":
      return `${safeLine(problem.environment)} is not as stated: ${list(problem.rows)}`;
    default:
      return unreachable(problem);
  }
}

function showNotProven(one: NotProven): string {
  switch (one.what) {
    case "author":
      return "who made it: it is not signed";
    case "secrets":
      return "that secrets are as stated: none was checked";
    case "observations":
      return "that versions and runtimes were as stated, or still are";
    case "environment":
      return `what it says about ${safeLine(one.environment)}: something else is there now, or nothing is known about it here`;
    default:
      return unreachable(one);
  }
}

const most = 10;

function list(names: readonly string[]): string {
  const shown = names.slice(0, most).map(safeLine).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
