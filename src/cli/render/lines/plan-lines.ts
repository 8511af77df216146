import type { EnvironmentPlan, Planned } from "../../../app/deploy/plan.ts";
import { shortDigest } from "../../../errors/quantities.ts";
import { summarise } from "../../../strategies/step.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine, safeValue } from "../safe-text.ts";
import { showOff, showStep, showUnserved } from "../words/deployment.ts";
import { showWindow } from "../words/gates.ts";
import { showUnkept } from "../words/limits.ts";
import { showFreezing, showPlannedRehearsal } from "../words/rehearsal.ts";
import { type FailureLook, failureLines } from "./failure-lines.ts";
import { forecastLines } from "./forecast-lines.ts";

export function planLines(plans: readonly EnvironmentPlan[], colors: Palette): string[] {
  return plans.flatMap((plan, index) => [...(index > 0 ? [""] : []), ...linesOf(plan, colors)]);
}

/** What stands in the way of the next release. */
export function aheadLines({ problems, warnings }: Planned["ahead"], { colors, cwd }: FailureLook): string[] {
  return [
    `${colors.strong("the next release")}: ${problems.length > 0 ? "would fail" : "has things to look at"}`,
    ...problems.flatMap((one) => failureLines(one, colors.bad(marks.failed), { colors, cwd }, "  ")),
    ...warnings.flatMap((one) => failureLines(one, colors.warn(marks.warning), { colors, cwd }, "  ")),
  ];
}

function linesOf(plan: EnvironmentPlan, colors: Palette): string[] {
  const release = shortDigest(plan.release);
  const what =
    plan.from === undefined ? `${release} is the first release` : `${release} replaces ${shortDigest(plan.from)}`;
  const same = plan.from === plan.release ? " (the same release)" : "";
  return [
    `${colors.strong(plan.environment)}: ${what}${same}, ${plan.strategy}`,
    ...plan.steps.map((step, index) => `  ${String(index + 1).padStart(2)}. ${showStep(summarise(step))}`),
    ...(plan.forecast === undefined ? [] : forecastLines(plan.forecast, colors)),
    ...(plan.rehearsal === undefined ? [] : rehearsalLines(plan.rehearsal, colors)),
    ...(plan.off === undefined ? [] : [`  ${marks.skipped} ${showOff(plan.off)}`]),
    ...(plan.unserved === undefined
      ? []
      : [`  ${colors.warn(marks.warning)} ${showUnserved(plan.strategy, plan.unserved)}`]),
    ...plan.config.map(
      ({ key, before, after }) => `  config ${key}: ${showValue(before)} ${marks.arrow} ${showValue(after)}`,
    ),
    ...plan.resources.flatMap(({ name, changes }) =>
      changes.map((change) => `  resource ${name}: ${safeLine(change)}`),
    ),
    ...plan.unkept.map((limit) => `  ${colors.warn(marks.warning)} ${showUnkept(limit)}`),
    ...(plan.window === undefined ? [] : [`  ${showWindow(plan.window)}`]),
    ...plan.refused.flatMap(({ message, hint }) => [
      `  ${colors.bad(marks.failed)} would be refused: ${safeLine(message)}`,
      ...(hint?.split("\n") ?? []).map((line) => `      ${colors.active("hint:")} ${safeLine(line)}`),
    ]),
  ];
}

function rehearsalLines(rehearsal: NonNullable<EnvironmentPlan["rehearsal"]>, colors: Palette): string[] {
  const freezes = "irreversible" in rehearsal ? rehearsal.irreversible : undefined;
  return [
    `  ${showPlannedRehearsal(rehearsal)}`,
    ...(freezes === undefined
      ? []
      : [
          `  ${colors.warn(marks.warning)} ${rehearsal.stands === "toPlay" ? "should it fail: " : ""}${showFreezing(freezes)}`,
        ]),
  ];
}

function showValue(value: string | undefined): string {
  return value === undefined ? "(none)" : safeValue(value);
}
