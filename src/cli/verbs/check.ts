import { type Checked, check as checkProject } from "../../app/check.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count } from "../../errors/quantities.ts";
import { type Context, portsOf } from "../context.ts";
import { failureLines } from "../render/lines/failure-lines.ts";
import { marks } from "../render/marks.ts";
import { palette } from "../render/palette.ts";
import { reportFailures } from "../render/report-failures.ts";
import { defineVerb } from "../verb.ts";

export const check = defineVerb({
  name: "check",
  summary: "Find everything that is wrong without running anything",
  usage: ["check [options]"],
  description:
    "Checks the definition and its types, the graph of tasks, their inputs and outputs, the config of every\n" +
    "environment and the secrets. All problems are reported at once, with their places. Nothing is run or changed.",
  examples: [
    { command: "tidegate check", explains: "checks everything" },
    { command: "tidegate check --without-secrets", explains: "where the secrets are not available" },
  ],
  options: {
    "without-secrets": { kind: "flag", summary: "Do not look for the values of secrets" },
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
    ...checked.warnings.flatMap((one) => failureLines(one, colors.warn(marks.warning), { colors, cwd: context.cwd })),
  ];
  context.stdout.write(`${lines.join("\n")}\n`);
}
