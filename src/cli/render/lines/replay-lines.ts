import type { ReplayedAnalysis } from "../../../app/explain/replay-analysis.ts";
import { count } from "../../../errors/quantities.ts";
import type { RederivedShare } from "../../../rollout/rederive.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { tableWithin } from "../table.ts";
import { showEvidence, showPercent, showVerdict } from "../words/deployment.ts";

/** A line each: every share, then the whole. */
export function replayRecords({ shares, told: _, state, ...replayed }: ReplayedAnalysis): object[] {
  const { deployment, environment, isSame, end, sameRules, rules, thresholdsMs, figures } = replayed;
  const about = { deployment, environment };
  return [
    ...shares.map((share) => ({ type: "shareReplayed", ...about, ...share })),
    {
      ...{ type: "analysisReplayed", ...about, isSame, end, sameRules, rules, thresholdsMs },
      ...(figures !== undefined && { figures }),
      outcome: state.phase === "ended" ? state.outcome : "none",
    },
  ];
}

/** Each share with its numbers, its verdict, and whether that is what was recorded. */
export function replayLines(replayed: ReplayedAnalysis, colors: Palette, width: number): string[] {
  const { deployment, environment, rules, shares } = replayed;
  const needed = Math.round(1 / rules.alpha);
  const head = ["share", "looks", "new failed", "old failed", `evidence of ${needed}`, "verdict", "recorded"];
  const rows = shares.map(rowOf);
  const lines = tableWithin([head, ...rows], width, "  ");
  return [
    colors.strong(`deployment ${deployment} to ${safeLine(environment)}, judged with α ${rules.alpha}`),
    ...(shares.length === 0 ? ["  nothing was counted"] : lines),
    ...shares.flatMap(({ step, unexplained }) =>
      unexplained === undefined ? [] : [colors.bad(`  step ${step + 1} recorded ${showTold(unexplained)}`)],
    ),
    ...conclusion(replayed, colors),
  ];
}

const standings: Readonly<Record<RederivedShare["standing"], string>> = {
  same: "the same",
  other: "OTHER",
  notKept: "no longer kept",
  none: marks.skipped,
};

const verdicts = { regression: "worse", good: "good", notEnoughEvidence: "not enough evidence" } as const;

function rowOf({ share, looks, verdicts: given, standing, in: where }: RederivedShare): string[] {
  const verdict = given.at(-1)?.verdict;
  const sum = (arm: "candidate" | "baseline") =>
    looks.reduce(
      (all, look) => ({ requests: all.requests + look[arm].requests, errors: all.errors + look[arm].errors }),
      { requests: 0, errors: 0 },
    );
  const failed = ({ requests, errors }: ReturnType<typeof sum>) => `${errors} of ${requests}`;
  return [
    looks.length === 0 ? "?" : showPercent(share),
    String(looks.length),
    failed(sum("candidate")),
    failed(sum("baseline")),
    showEvidence(Math.exp(Math.min(looks.at(-1)?.evidence ?? 0, 50))),
    verdict === undefined ? "none" : `${verdicts[verdict]}${where === undefined ? "" : ` (${where})`}`,
    standings[standing],
  ];
}

function showTold(told: NonNullable<RederivedShare["unexplained"]>): string {
  if (told.type === "verdictGiven") return showVerdict(told);
  const { candidate, baseline } = told.figures;
  return `${candidate.errors} of ${candidate.requests} failed, and ${baseline.errors} of ${baseline.requests} of what served`;
}

function conclusion({ isSame, end, sameRules, shares }: ReplayedAnalysis, colors: Palette): string[] {
  const same = shares.filter(({ standing }) => standing === "same").length;
  const gone = shares.filter(({ standing }) => standing === "notKept").length;
  if (isSame) {
    const kept = gone === 0 ? "" : `; of ${count(gone, "share")} only the end is kept`;
    return [colors.good(`${marks.done} what was recorded follows, bit for bit: ${count(same, "verdict")}${kept}`)];
  }
  return [
    ...(sameRules ? [] : [colors.bad(`${marks.failed} its journal compares by other rules than its deployment`)]),
    ...(end === "other" ? [colors.bad(`${marks.failed} it did not end as follows from its journal`)] : []),
    ...(shares.some(({ standing }) => standing === "other")
      ? [colors.bad(`${marks.failed} a verdict or its numbers are others`)]
      : []),
  ];
}
