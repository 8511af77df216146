import type { Failure } from "../../errors/failure.ts";
import { count } from "../../errors/quantities.ts";
import type { ComparisonFigures } from "../../events/deployment-events.ts";
import type { Comparing } from "../../strategies/strategy.ts";
import {
  type Analysis,
  type AnalysisRules,
  newAnalysis,
  nextAnalysis,
  nextStepAnalysis,
  type Verdict,
  verdictOf,
} from "./analysis.ts";
import type { ArmCounts, Tick } from "./counts.ts";

/**
 * How a rollout's release fares beside the one that serves: the fold of everything that was counted, as the journal has it. So
 * every verdict can be derived again from what it was derived from.
 */
export interface Comparison {
  /** Milliseconds; answers slower than each are counted. */
  readonly thresholdsMs: readonly number[];
  readonly analysis: Analysis;
  readonly ticks: number;
  readonly candidate: Requests;
  readonly baseline: Requests;
}

/** Since the comparison began. */
interface Requests {
  readonly requests: number;
  readonly errors: number;
}

const none: Requests = { requests: 0, errors: 0 };

/**
 * What a project cannot choose. Good is who has fewer than twice the errors of what serves, or, where hardly anything fails,
 * fewer than 1 % of its requests; wrong in 5 % of the cases at most.
 */
const fixed = { beta: 0.05, goodBelowRatio: 2, goodBelowRate: 0.01 } as const;

export function newComparison(rules: Comparing, thresholdsMs: readonly number[]): Comparison {
  return {
    thresholdsMs,
    analysis: newAnalysis(rulesOf(rules, thresholdsMs.length)),
    ticks: 0,
    candidate: none,
    baseline: none,
  };
}

/** `thresholds`: at how many of them answers are compared. */
export function rulesOf({ alpha, tolerance, guarded }: Comparing, thresholds: number): AnalysisRules {
  const goodBelowRatio = fixed.goodBelowRatio * tolerance;
  return { ...fixed, alpha, tolerance, goodBelowRatio, isGuarded: guarded, thresholds };
}

/** After one more tick; `share`: what the gateway was told to give the new release, 0 to 1. */
export function nextComparison(comparison: Comparison, tick: Tick, share: number): Comparison {
  return {
    ...comparison,
    analysis: nextAnalysis(comparison.analysis, tick, share),
    ticks: comparison.ticks + 1,
    candidate: added(comparison.candidate, tick.candidate),
    baseline: added(comparison.baseline, tick.baseline),
  };
}

/** The next share has to be known to be good anew; what speaks against the release is kept. */
export function nextComparedStep(comparison: Comparison): Comparison {
  return { ...comparison, analysis: nextStepAnalysis(comparison.analysis) };
}

export function comparisonVerdict({ analysis }: Comparison): Verdict {
  return verdictOf(analysis);
}

/** Whether the requests are not shared out as the gateway was told: then what is compared are not the same requests. */
export function isMisshared(comparison: Comparison | undefined): boolean {
  const verdict = comparison && comparisonVerdict(comparison);
  return verdict?.verdict === "notEnoughEvidence" && verdict.because === "shareMismatch";
}

export function figuresOf({ analysis, candidate, baseline }: Comparison): ComparisonFigures {
  const { alpha } = analysis.rules;
  // Beyond this it only says that it is certain.
  const evidence = Math.min(Math.exp(Math.min(analysis.highest, 50)), 1e9);
  return { candidate, baseline, evidence, needed: 1 / alpha };
}

/** Why the release is taken out. */
export function regressionFailure(comparison: Comparison, verdict: Verdict & { verdict: "regression" }): Failure {
  const { candidate, baseline, thresholdsMs, analysis } = comparison;
  const isSlow = verdict.in === "latency";
  const message = isSlow
    ? "The new release answers more slowly than the one that serves"
    : `The new release fails more often than the one that serves: ${rate(candidate)} instead of ${rate(baseline)}`;
  const what = isSlow
    ? `Compared at ${thresholdsMs.map((bound) => `${bound} ms`).join(", ")}, over ${count(candidate.requests, "request")} of the new release and ${baseline.requests} of the other.`
    : `${candidate.errors} of its ${count(candidate.requests, "request")} failed, and ${baseline.errors} of the other's ${baseline.requests}.`;
  const odds = `A release that is no worse would be taken out at most once in ${Math.round(1 / analysis.rules.alpha)} rollouts.`;
  return { code: "release-regressed", message, cause: `${what}\n${odds}` };
}

function rate({ requests, errors }: Requests): string {
  if (requests === 0) return "none";
  return `${Number(((errors / requests) * 100).toPrecision(2))} %`;
}

function added(one: Requests, { requests, errors }: ArmCounts): Requests {
  return { requests: one.requests + requests, errors: one.errors + errors };
}
