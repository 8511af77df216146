import { type ConfigChecked, checkConfigs } from "../../../app/config/check.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { type Context, portsOf } from "../../context.ts";
import { marks } from "../../render/marks.ts";
import { palette } from "../../render/palette.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeLine } from "../../render/safe-text.ts";
import { defineVerb } from "../../verb.ts";

export const check = defineVerb({
  name: "check",
  summary: "Find everything wrong with the config of every environment",
  usage: ["config check [options]"],
  description:
    "All environments and all problems at once, each with its place: a missing value, one of the wrong type, an undeclared\n" +
    "difference. A secret that cannot be read here (no key, its provider is down) is reported as not checked. tidegate check does\n" +
    "the same and more.",
  examples: [
    { command: "tidegate config check", explains: "everything" },
    { command: "tidegate config check --without-secrets", explains: "where the secrets are not available" },
  ],
  options: { "without-secrets": { kind: "flag", summary: "Do not look for the values of secrets" } },
  run: async (context, { options }) => {
    const checked = await checkConfigs(portsOf(context), { withoutSecrets: options["without-secrets"] });
    if (!checked.ok) return reportFailures(context, checked.failures);
    tell(context, checked.value);
    return exitCodes.done;
  },
});

function tell({ stdout, json }: Context, { keys, environments, skipped }: ConfigChecked): void {
  if (json) {
    stdout.write(`${JSON.stringify({ type: "configChecked", keys, environments, skipped })}\n`);
    return;
  }
  const colors = palette(stdout.color);
  const parts = `${count(keys, "key")} in ${count(environments, "environment")}`;
  const lines = [
    `${colors.good(marks.done)} ${parts}, no problems`,
    ...skipped.map(({ what, because }) => `${colors.warn(marks.warning)} not checked: ${what}, ${safeLine(because)}`),
  ];
  stdout.write(`${lines.join("\n")}\n`);
}
