import type { Failure } from "../../../errors/failure.ts";
import { shortDigest } from "../../../errors/quantities.ts";
import { type Step, summarise } from "../../../strategies/step.ts";
import { strategyWords } from "../../../strategies/strategies.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { showStep } from "../words/deployment.ts";

/** What deploying a release to an environment would do. */
export interface EnvironmentPlan {
  readonly environment: string;
  readonly release: string;
  /** What serves now. */
  readonly from?: string;
  readonly strategy: string;
  readonly steps: readonly Step[];
  readonly config: readonly {
    readonly key: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
  /** Gates that would refuse it now. */
  readonly refused: readonly Failure[];
}

export function planLines(plans: readonly EnvironmentPlan[], colors: Palette): string[] {
  return plans.flatMap((plan, index) => [...(index > 0 ? [""] : []), ...linesOf(plan, colors)]);
}

function linesOf(plan: EnvironmentPlan, colors: Palette): string[] {
  const release = shortDigest(plan.release);
  const what =
    plan.from === undefined ? `${release} is the first release` : `${release} replaces ${shortDigest(plan.from)}`;
  const same = plan.from === plan.release ? " (the same release)" : "";
  const loses = plan.from === undefined ? undefined : strategyWords(plan.strategy).loses;
  return [
    `${colors.strong(plan.environment)}: ${what}${same}, ${plan.strategy}`,
    ...plan.steps.map((step, index) => `  ${String(index + 1).padStart(2)}. ${showStep(summarise(step))}`),
    ...(loses === undefined ? [] : [`  ${colors.warn(marks.warning)} ${loses}`]),
    ...plan.config.map(
      ({ key, before, after }) => `  config ${key}: ${showValue(before)} ${marks.arrow} ${showValue(after)}`,
    ),
    ...plan.refused.map(({ message }) => `  ${colors.bad(marks.failed)} would be refused: ${safeLine(message)}`),
  ];
}

function showValue(value: string | undefined): string {
  return value === undefined ? "(none)" : safeLine(value);
}
