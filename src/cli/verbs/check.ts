import { type Checked, check as checkProject } from "../../app/check.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count } from "../../errors/quantities.ts";
import { type Context, portsOf } from "../context.ts";
import { showLocation } from "../render/failure.ts";
import { marks } from "../render/marks.ts";
import { palette } from "../render/palette.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { defineVerb } from "../verb.ts";

export const check = defineVerb({
  name: "check",
  summary: "Find everything wrong that can be found without running",
  usage: ["check [options]"],
  description:
    "Checks the definition and its types, the graph of tasks, their inputs and outputs, the config of every\n" +
    "environment and the secrets. All problems are told at once, with their places. Nothing is run or changed.",
  examples: [
    { command: "tidegate check", explains: "checks everything" },
    { command: "tidegate check --without-secrets", explains: "where the secrets are not at hand" },
  ],
  options: {
    "without-secrets": { kind: "flag", summary: "Don't look for the values of secrets" },
  },
  run: async (context, { options }) => {
    const checked = await checkProject(portsOf(context), { withoutSecrets: options["without-secrets"] });
    if (!checked.ok) return reportFailures(context, checked.failures);
    tell(context, checked.value);
    return exitCodes.done;
  },
});

function tell(context: Context, checked: Checked): void {
  if (context.json) {
    context.stdout.write(`${JSON.stringify({ type: "checked", ...checked })}\n`);
    return;
  }
  const colors = palette(context.stdout.color);
  const parts = [
    count(checked.tasks, "task"),
    count(checked.services, "service"),
    count(checked.environments, "environment"),
  ];
  const lines = [
    `${colors.good(marks.done)} ${checked.project}: ${parts.join(", ")}, no problems`,
    ...checked.skipped.map(({ what, because }) => `${colors.warn(marks.warning)} not checked: ${what}, ${because}`),
    ...checked.warnings.flatMap(({ message, location, hint }) => [
      `${colors.warn(marks.warning)} ${safeLine(message)}`,
      ...(location === undefined ? [] : [`    ${colors.faint("at")} ${showLocation(location, context.cwd)}`]),
      ...(hint?.split("\n") ?? []).map((line) => `    ${colors.active("hint:")} ${safeLine(line)}`),
    ]),
  ];
  context.stdout.write(`${lines.join("\n")}\n`);
}
