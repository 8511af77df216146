import { boundEvidence } from "./bound-test.ts";
import { errorsOf, slowerOf, type Tick } from "./counts.ts";
import { type LogEvidence, meanEvidence, noEvidence, rejects } from "./evidence-value.ts";
import { betterThan, type LabelTest, labelEvidence, nextLabelTest, worseThan } from "./label-test.ts";
import { newRateTest, nextRateTest, type RateTest } from "./rate-test.ts";
import { newShareTest, nextShareTest, type ShareTest, shareEvidence } from "./share-test.ts";
import { isWorseByTicks, newTickTest, nextTickTest, type TickTest } from "./tick-test.ts";

export interface AnalysisRules {
  /** How often a release that is no worse may be taken out, however often one looks. */
  readonly alpha: number;
  /** How often a release that is worse than allowed may be called good. */
  readonly beta: number;
  /** Rate ratios up to this are no regression: 1, unless some more errors are accepted. */
  readonly tolerance: number;
  /** Good is who has fewer than this many times the baseline's errors; above 1. */
  readonly goodBelowRatio: number;
  /** Good is also who fails fewer of its requests than this, whatever the baseline does. */
  readonly goodBelowRate?: number;
  /** How many latency thresholds each tick counts. */
  readonly thresholds: number;
  /**
   * For failures that come in clusters: a regression counts only when it shows tick by tick, too. It takes longer, and no
   * longer assumes that requests fail independently of each other.
   */
  readonly isGuarded: boolean;
}

/**
 * What all looks so far come to: plain data, which a record can hold. One for the whole rollout: it is never begun anew
 * when the share changes, which is what keeps the false alarms of all steps together under α.
 */
export interface Analysis {
  readonly rules: AnalysisRules;
  readonly errors: { readonly worse: LabelTest; readonly better: LabelTest; readonly byTick: TickTest };
  readonly latencies: readonly { readonly slower: RateTest; readonly byTick: TickTest }[];
  readonly shares: ShareTest;
  readonly candidate: { readonly requests: number; readonly errors: number };
  /** The highest that the evidence of a regression ever was. */
  readonly highest: LogEvidence;
}

export type Verdict =
  | { readonly verdict: "regression"; readonly in: "errors" | "latency"; readonly evidence: LogEvidence }
  | { readonly verdict: "good"; readonly by: "ratio" | "rate" }
  | { readonly verdict: "notEnoughEvidence"; readonly because: "tooLittle" | "shareMismatch" };

/**
 * The weights of errors and latency in the mean that is compared with 1/α: an error is rarer and worse. They are 1 in all,
 * so that the mean is an e-value.
 */
const weights = { errors: 0.95, latency: 0.05 } as const;

/** What the share of the gateway is tested at: rarely wrong, for it puts everything into question. */
const shareAlpha = 0.001;

export function newAnalysis(rules: AnalysisRules): Analysis {
  return {
    rules,
    errors: { worse: worseThan(rules.tolerance), better: betterThan(rules.goodBelowRatio), byTick: newTickTest },
    latencies: Array.from({ length: rules.thresholds }, () => ({ slower: newRateTest, byTick: newTickTest })),
    shares: newShareTest,
    candidate: { requests: 0, errors: 0 },
    highest: noEvidence,
  };
}

/** After one more tick; `share`: what the gateway was told to give the candidate in it, 0 to 1. */
export function nextAnalysis(analysis: Analysis, tick: Tick, share: number): Analysis {
  const { errors, latencies, candidate } = analysis;
  const errorsNow = errorsOf(tick);
  const next: Analysis = {
    ...analysis,
    errors: {
      worse: nextLabelTest(errors.worse, errorsNow),
      better: nextLabelTest(errors.better, errorsNow),
      byTick: nextTickTest(errors.byTick, errorsNow),
    },
    latencies: latencies.map(({ slower, byTick }, at) => ({
      slower: nextRateTest(slower, slowerOf(tick, at)),
      byTick: nextTickTest(byTick, slowerOf(tick, at)),
    })),
    shares: nextShareTest(analysis.shares, share, tick.candidate.requests, tick.baseline.requests),
    candidate: {
      requests: candidate.requests + tick.candidate.requests,
      errors: candidate.errors + tick.candidate.errors,
    },
  };
  return { ...next, highest: Math.max(analysis.highest, combined(next)) };
}

/**
 * At the next share: good anew, over its own requests, and the share as well. What speaks against the release is never begun
 * anew.
 */
export function nextStepAnalysis(analysis: Analysis): Analysis {
  const better = betterThan(analysis.rules.goodBelowRatio);
  const errors = { ...analysis.errors, better };
  return { ...analysis, errors, shares: newShareTest, candidate: { requests: 0, errors: 0 } };
}

/** What is known by now. A regression that was once seen stays one. */
export function verdictOf(analysis: Analysis): Verdict {
  const { rules, shares, highest, candidate, errors } = analysis;
  if (rejects(highest, rules.alpha)) {
    const where = errorEvidence(analysis) >= latencyEvidence(analysis) ? "errors" : "latency";
    return { verdict: "regression", in: where, evidence: highest };
  }
  if (rejects(shareEvidence(shares), shareAlpha)) return { verdict: "notEnoughEvidence", because: "shareMismatch" };
  // Two ways of being good share β.
  const bound = rules.goodBelowRate;
  const beta = bound === undefined ? rules.beta : rules.beta / 2;
  if (rejects(labelEvidence(errors.better), beta)) return { verdict: "good", by: "ratio" };
  if (bound !== undefined && rejects(boundEvidence(bound, candidate.requests, candidate.errors), beta))
    return { verdict: "good", by: "rate" };
  return { verdict: "notEnoughEvidence", because: "tooLittle" };
}

function combined(analysis: Analysis): LogEvidence {
  const { thresholds } = analysis.rules;
  if (thresholds === 0) return errorEvidence(analysis);
  const weighed = [
    errorEvidence(analysis) + Math.log(weights.errors),
    latencyEvidence(analysis) + Math.log(weights.latency),
  ];
  return meanEvidence(weighed) + Math.log(weighed.length);
}

function errorEvidence({ rules, errors }: Analysis): LogEvidence {
  const alpha = rules.alpha * (rules.thresholds === 0 ? 1 : weights.errors);
  if (rules.isGuarded && !isWorseByTicks(errors.byTick, alpha)) return Number.NEGATIVE_INFINITY;
  return labelEvidence(errors.worse);
}

/** The mean over the thresholds: it matters little which of them shows it. */
function latencyEvidence({ rules, latencies }: Analysis): LogEvidence {
  const alpha = (rules.alpha * weights.latency) / rules.thresholds;
  return meanEvidence(
    latencies.map(({ slower, byTick }) =>
      rules.isGuarded && !isWorseByTicks(byTick, alpha) ? Number.NEGATIVE_INFINITY : slower.log,
    ),
  );
}
