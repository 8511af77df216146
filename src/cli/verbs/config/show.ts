import { openConfig, standings } from "../../../app/config/open-config.ts";
import type { Standing } from "../../../config/standing.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Context } from "../../context.ts";
import { jsonValue, showStanding } from "../../render/lines/config-value.ts";
import { palette } from "../../render/palette.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { table } from "../../render/table.ts";
import { defineVerb } from "../../verb.ts";

export const show = defineVerb({
  name: "show",
  summary: "Show the value of every key, in one environment or in all",
  usage: ["config show [options]"],
  description: "Secrets are masked: whether they have a value is told, what it is is not.",
  examples: [
    { command: "tidegate config show", explains: "all environments side by side" },
    { command: "tidegate config show --env production --json", explains: "one of them, for a script" },
  ],
  options: { env: { kind: "text", value: "NAME", summary: "Only this environment", short: "e" } },
  run: async (context, { options }) => {
    const opened = await openConfig(context, { environments: options.env === undefined ? [] : [options.env] });
    if (!opened.ok) return reportFailures(context, opened.failures);
    const columns = await Promise.all(opened.value.environments.map((one) => standings(opened.value, one)));
    const names = opened.value.environments.map(({ name }) => name);
    if (context.json) tellJson(context, columns);
    else tell(context, names, columns);
    return exitCodes.done;
  },
});

function tellJson({ stdout }: Context, columns: readonly (readonly Standing[])[]): void {
  for (const standing of columns.flat()) stdout.write(`${JSON.stringify(standingRecord(standing))}\n`);
}

/** A key of an environment as a line of `--json`. */
function standingRecord(standing: Standing): object {
  const { declaration, environment, state } = standing;
  const isShown = state === "set" && declaration.kind !== "secret";
  const layer = "resolved" in standing ? standing.resolved.layers.find(({ won }) => won)?.layer : undefined;
  return {
    type: "config",
    environment,
    key: declaration.key,
    kind: declaration.kind,
    state,
    ...(layer !== undefined && { layer }),
    ...(isShown && { value: jsonValue(standing.resolved.value) }),
    ...("problems" in standing && { problems: standing.problems.map(({ code, message }) => ({ code, message })) }),
  };
}

function tell({ stdout, stderr }: Context, names: readonly string[], columns: readonly (readonly Standing[])[]): void {
  const [first] = columns;
  if (first === undefined) stderr.write("The definition has no environments.\n");
  else if (first.length === 0) stderr.write("The definition declares no config.\n");
  else {
    const colors = palette(stdout.color);
    const rows = first.map(({ declaration }, index) => [
      declaration.key,
      ...columns.map((standings) => showStanding(standings[index]!)),
    ]);
    const [head, ...lines] = table([["", ...names], ...rows]);
    stdout.write(`${[colors.strong(head ?? ""), ...lines].join("\n")}\n`);
  }
}
