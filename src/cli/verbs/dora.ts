import { type DoraFigures, dora as figuresOf } from "../../app/documents/dora.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count, showDuration } from "../../errors/quantities.ts";
import { ok } from "../../errors/result.ts";
import { marks } from "../render/marks.ts";
import { hanging, table, widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const dora = defineVerb({
  name: "dora",
  summary: "Show DORA's five figures, from the ledger of deployments",
  usage: ["dora [environment] [options]"],
  description:
    "Lead time, frequency, recovery time, change fail rate, rework rate. A rollback remedies the deployment before it; a\n" +
    "deployment with `--remediates N` remedies deployment N; `--unplanned` says that an incident made it necessary.",
  examples: [
    { command: "tidegate dora", explains: "of production (the last environment), over the last 90 days" },
    { command: "tidegate dora staging --days 30 --json", explains: "of another environment, for a script" },
  ],
  arguments: [{ name: "environment", summary: "Which environment; default: the last one" }],
  options: { days: { kind: "number", value: "N", summary: "How many days back", default: 90 } },
  run: (context, { arguments: [environment], options: { days } }) =>
    withSession(context, "look", async (session) => {
      const figures = await figuresOf(session, { environment, days });
      if (!figures.ok) return figures;
      if (context.json) context.stdout.write(`${JSON.stringify({ type: "dora", ...figures.value })}\n`);
      else context.stdout.write(`${linesOf(figures.value, widthOf(context.stdout)).join("\n")}\n`);
      return ok(exitCodes.done);
    }),
});

function linesOf(figures: DoraFigures, width: number): string[] {
  const percent = (value: number) => `${Number((value * 100).toPrecision(2))} %`;
  const week = (value: number) => `${value} a week`;
  const row = (
    name: string,
    { value, times }: DoraFigures["leadTimeMs"],
    shown: (value: number) => string,
    of: string,
  ) => [
    name,
    value === undefined ? "nothing to count" : shown(value),
    value === undefined ? "" : `of ${count(times, of)}`,
  ];
  const rows = [
    row("Change lead time", figures.leadTimeMs, showDuration, "deployment"),
    row("Deployment frequency", figures.deploymentsPerWeek, week, "deployment"),
    row("Recovery time", figures.recoveryMs, showDuration, "failure"),
    row("Change fail rate", figures.changeFailRate, percent, "deployment"),
    row("  including those taken out on the way", figures.changeFailRateWithAborted, percent, "deployment"),
    row("Deployment rework rate", figures.reworkRate, percent, "deployment"),
  ];
  return [
    `${figures.environment}, ${figures.days} days until ${figures.until}`,
    ...table(rows, "  "),
    "Left out:",
    ...figures.leftOut.flatMap((what) => hanging(marks.skipped, what, width)),
  ];
}
