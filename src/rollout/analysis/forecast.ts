import {
  type Analysis,
  type AnalysisRules,
  newAnalysis,
  nextAnalysis,
  nextStepAnalysis,
  verdictOf,
} from "./analysis.ts";
import type { ArmCounts, Tick } from "./counts.ts";

/** What a canary will meet, as far as it is known. */
export interface Outlook {
  /** Public requests of the environment in a second. */
  readonly perSecond: number;
  /** What part of them fails of the release that serves, 0 to 1. */
  readonly failing: number;
  /** What part of the requests the new release gets, step by step, 0 to 1. */
  readonly shares: readonly number[];
  /** How long a step takes at most, in milliseconds. */
  readonly holdMs: number;
  readonly rules: AnalysisRules;
}

/** How a release is worse. `slower`: how many times as long its answers take. */
export interface Regression {
  readonly failing?: number;
  readonly slower?: number;
}

/** When something becomes known. `requests`: of the new release, all shares together. */
export interface Known {
  readonly afterMs: number;
  readonly requests: number;
  /** Index of the step. */
  readonly step: number;
  /** It takes longer than all steps last together: the last one would have to go on. */
  readonly isLater: boolean;
}

/**
 * When a release that is worse is known to be so: half of such releases are by then. What is counted is what is expected,
 * and the tests are the rollout's own. `undefined`: not within a month. Guarded analyses take longer.
 */
export function forecastRegression(outlook: Outlook, regression: Regression): Known | undefined {
  const { shares, holdMs } = outlook;
  const plannedMs = shares.length * holdMs;
  let analysis = newAnalysis({ ...outlook.rules, isGuarded: false });
  let [passedMs, requests] = [0, 0];
  for (const [step, share] of shares.entries()) {
    const isLast = step === shares.length - 1;
    passedMs += settlingMs;
    let lookMs = lookOf(outlook);
    while (passedMs < (isLast ? longestMs : (step + 1) * holdMs)) {
      const tick = tickOf(outlook, step, lookMs, regression);
      analysis = nextAnalysis(analysis, tick, share);
      passedMs += lookMs;
      requests += tick.candidate.requests;
      if (verdictOf(analysis).verdict === "regression")
        return { afterMs: Math.round(passedMs), requests: Math.ceil(requests), step, isLater: passedMs > plannedMs };
      // A step that goes on and on is looked at in longer and longer looks: as much is counted, in fewer rounds.
      if (passedMs > plannedMs) lookMs *= growth;
    }
    analysis = nextStepAnalysis(analysis);
  }
  return undefined;
}

/** Of each step: when a release that does as well as the one that serves is known to be good; `undefined`: not within `holdMs`. */
export function forecastGood(outlook: Outlook): (Omit<Known, "isLater"> | undefined)[] {
  const lookMs = lookOf(outlook);
  return outlook.shares.map((share, step) => {
    const tick = tickOf(outlook, step, lookMs, {});
    let analysis: Analysis = newAnalysis(outlook.rules);
    for (let passedMs = settlingMs + lookMs; passedMs <= outlook.holdMs; passedMs += lookMs) {
      analysis = nextAnalysis(analysis, tick, share);
      if (verdictOf(analysis).verdict === "good")
        return { afterMs: passedMs, requests: Math.ceil(analysis.candidate.requests), step };
    }
    return undefined;
  });
}

/** How a step begins is left out: until then only what ends fast has ended. */
const settlingMs = 4_000;
const shortestLookMs = 2_000;
const mostLooks = 600;
const longestMs = 30 * 86_400_000;
const growth = 1.02;

/** As the agent looks; of long steps fewer times: what is expected comes to the same. */
function lookOf({ holdMs }: Outlook): number {
  return Math.max(shortestLookMs, holdMs / mostLooks);
}

/** What is expected in a look, in parts of requests: the tests take what is counted as it comes. */
function tickOf(outlook: Outlook, step: number, lookMs: number, { failing, slower = 1 }: Regression): Tick {
  const share = outlook.shares[step] as number;
  const came = (outlook.perSecond * lookMs) / 1000;
  const arm = (requests: number, rate: number, times: number): ArmCounts => ({
    requests,
    errors: requests * rate,
    slower: quantiles.slice(0, outlook.rules.thresholds).map((quantile) => requests * slowerThan(quantile, times)),
  });
  return {
    candidate: arm(came * share, failing ?? outlook.failing, slower),
    baseline: arm(came * (1 - share), outlook.failing, 1),
  };
}

/** Standard normal quantiles: the median and the slowest 10, 5 and 1 % of what serves. */
const quantiles = [0, 1.2816, 1.6449, 2.3263];
/** Of the logarithm of how long answers take: half of them between 0.7 and 1.4 times the median. */
const spread = 0.5;

/** What part of answers that take `times` as long are slower than a quantile of those that do not. */
function slowerThan(quantile: number, times: number): number {
  return 1 - normalCdf(quantile - Math.log(times) / spread);
}

/** Abramowitz and Stegun 26.2.17, to 7.5e-8. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const series = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153];
  const tail = density * series.reduce((sum, factor) => (sum + factor) * t, 0);
  return x >= 0 ? 1 - tail : tail;
}
