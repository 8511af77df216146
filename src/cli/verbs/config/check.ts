import { judgeConfig } from "../../../app/config/judge-config.ts";
import { openSecretProvider } from "../../../app/config/secret-provider.ts";
import { openProject } from "../../../app/open-project.ts";
import { declarationsOf } from "../../../config/declare.ts";
import { readSecrets } from "../../../config/read-secrets.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import type { Context } from "../../context.ts";
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
    "difference. A secret that cannot be read here (no key, its provider is down) is told as not checked. tidegate check does\n" +
    "the same and more.",
  examples: [
    { command: "tidegate config check", explains: "everything" },
    { command: "tidegate config check --without-secrets", explains: "where the secrets are not at hand" },
  ],
  options: { "without-secrets": { kind: "flag", summary: "Don't look for the values of secrets" } },
  run: async (context, { options }) => {
    const opened = await openProject(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const { project, locate } = opened.value;
    const secrets = options["without-secrets"]
      ? undefined
      : await readSecrets(project, await openSecretProvider(opened.value, context));
    const { problems, unreadable } = await judgeConfig(project, secrets);
    if (problems.length > 0) return reportFailures(context, await locate(problems));
    const counts = { keys: declarationsOf(project).length, environments: Object.keys(project.environments).length };
    tell(context, counts, unreadable, options["without-secrets"]);
    return exitCodes.done;
  },
});

function tell(
  { stdout, json }: Context,
  counts: { readonly keys: number; readonly environments: number },
  unreadable: readonly { readonly what: string; readonly because: string }[],
  isWithoutSecrets: boolean,
): void {
  const skipped = isWithoutSecrets ? [{ what: "secrets", because: "as asked" }] : unreadable;
  if (json) {
    stdout.write(`${JSON.stringify({ type: "configChecked", ...counts, skipped })}\n`);
    return;
  }
  const colors = palette(stdout.color);
  const parts = `${count(counts.keys, "key")} in ${count(counts.environments, "environment")}`;
  const lines = [
    `${colors.good(marks.done)} ${parts}, no problems`,
    ...skipped.map(({ what, because }) => `${colors.warn(marks.warning)} not checked: ${what}, ${safeLine(because)}`),
  ];
  stdout.write(`${lines.join("\n")}\n`);
}
