import { doctor as examine, type Finding } from "../../app/doctor/doctor.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count } from "../../errors/quantities.ts";
import { type Context, portsOf } from "../context.ts";
import { marks } from "../render/marks.ts";
import { type Palette, palette } from "../render/palette.ts";
import { defineVerb } from "../verb.ts";

export const doctor = defineVerb({
  name: "doctor",
  summary: "Check the machine and the project's state",
  usage: ["doctor [options]"],
  description: "Checks everything that Tidegate depends on, and says how to fix what is wrong.",
  examples: [{ command: "tidegate doctor", explains: "checks this machine and the project here" }],
  options: {},
  run: async (context) => {
    const findings = await examine(portsOf(context));
    tell(context, findings);
    return findings.some((finding) => finding.state === "broken") ? exitCodes.broken : exitCodes.done;
  },
});

function tell(context: Context, findings: readonly Finding[]): void {
  if (context.json) {
    for (const finding of findings) context.stdout.write(`${JSON.stringify({ type: "finding", ...finding })}\n`);
    return;
  }
  const colors = palette(context.stdout.color);
  const broken = findings.filter(({ state }) => state === "broken").length;
  const lines = findings.flatMap((finding) => findingLines(finding, colors));
  const total = broken === 0 ? "nothing is broken" : `${count(broken, "thing is", "things are")} broken`;
  context.stdout.write(`${[...lines, "", total].join("\n")}\n`);
}

function findingLines({ state, what, detail, hint }: Finding, colors: Palette): string[] {
  const mark = {
    good: colors.good(marks.done),
    warning: colors.warn(marks.warning),
    broken: colors.bad(marks.failed),
  }[state];
  const hints = hint === undefined ? [] : hint.split("\n");
  return [`${mark} ${what}: ${detail}`, ...hints.map((line) => `    ${colors.active("hint:")} ${line}`)];
}
