import { describe, expect, it } from "vitest";
import { scenarios, simulate } from "../../bench/detection.ts";
import {
  type Analysis,
  type AnalysisRules,
  newAnalysis,
  nextAnalysis,
  verdictOf,
} from "../../src/rollout/analysis/analysis.ts";
import { boundEvidence } from "../../src/rollout/analysis/bound-test.ts";
import type { Tick } from "../../src/rollout/analysis/counts.ts";
import { meanEvidence, rejects } from "../../src/rollout/analysis/evidence-value.ts";
import { betterThan, labelEvidence, nextLabelTest, worseThan } from "../../src/rollout/analysis/label-test.ts";
import { newRateTest, nextRateTest } from "../../src/rollout/analysis/rate-test.ts";
import { newShareTest, nextShareTest, shareEvidence } from "../../src/rollout/analysis/share-test.ts";
import { isWorseByTicks, newTickTest, nextTickTest } from "../../src/rollout/analysis/tick-test.ts";

const rules: AnalysisRules = {
  alpha: 0.01,
  beta: 0.05,
  tolerance: 1,
  goodBelowRatio: 2,
  thresholds: 1,
  isGuarded: false,
};

type Arm = readonly [requests: number, errors: number, slower?: number];

function tick([candidates, errors, slower = 0]: Arm, [baselines, baseErrors, baseSlower = 0]: Arm): Tick {
  return {
    candidate: { requests: candidates, errors, slower: [slower] },
    baseline: { requests: baselines, errors: baseErrors, slower: [baseSlower] },
  };
}

function counts(candidate: readonly [number, number], baseline: readonly [number, number]) {
  return {
    candidate: { requests: candidate[0], events: candidate[1] },
    baseline: { requests: baseline[0], events: baseline[1] },
  };
}

function afterTicks(ticks: number, each: Tick, with_: Partial<AnalysisRules> = {}, share = 0.5): Analysis {
  let analysis = newAnalysis({ ...rules, ...with_ });
  for (let at = 0; at < ticks; at += 1) analysis = nextAnalysis(analysis, each, share);
  return analysis;
}

describe("e-values", () => {
  it("are rejected at 1/α, and averaged without leaving the range of numbers", () => {
    expect(rejects(Math.log(100), 0.01)).toBe(true);
    expect(rejects(Math.log(99.9), 0.01)).toBe(false);
    expect(Math.exp(meanEvidence([Math.log(400), Number.NEGATIVE_INFINITY]))).toBeCloseTo(200, 9);
    expect(meanEvidence([5000, 5000])).toBe(5000);
    expect(meanEvidence([])).toBe(0);
  });

  it("by labels: one error of the candidate at half of the requests is worth 1.5 for a ratio of 3", () => {
    const test = nextLabelTest(worseThan(1), counts([10, 1], [10, 0]));
    expect(Math.exp(test.logs[test.grid.indexOf(3)]!)).toBeCloseTo(1.5, 12);
    const other = nextLabelTest(worseThan(1), counts([10, 0], [10, 1]));
    expect(Math.exp(other.logs[other.grid.indexOf(3)]!)).toBeCloseTo(0.5, 12);
  });

  it("by labels: the expectation over both arms is 1 at any share, and below 1 where the candidate is better than tolerated", () => {
    for (const [candidates, baselines] of [
      [5, 95],
      [50, 50],
      [90, 10],
    ] as const) {
      const share = candidates / (candidates + baselines);
      const value = (errors: 0 | 1) =>
        Math.exp(labelEvidence(nextLabelTest(worseThan(1), counts([candidates, errors], [baselines, 1 - errors]))));
      expect(share * value(1) + (1 - share) * value(0)).toBeCloseTo(1, 12);
      const less = (share * 0.5) / (share * 0.5 + 1 - share);
      expect(less * value(1) + (1 - less) * value(0)).toBeLessThan(1);
    }
  });

  it("by rates: the second tick is a bet on what the first one showed", () => {
    const first = nextRateTest(newRateTest, counts([10, 1], [10, 0]));
    expect(first.log).toBe(0);
    const second = nextRateTest(first, counts([1, 1], [1, 0]));
    expect(Math.exp(second.log)).toBeCloseTo(1.825, 3);
  });

  it("by its own requests: 500 requests without an error are enough against one in a hundred, with five errors they are not", () => {
    expect(rejects(boundEvidence(0.01, 500, 0), 0.05)).toBe(true);
    expect(rejects(boundEvidence(0.01, 500, 5), 0.05)).toBe(false);
  });

  it("of shares: a gateway that gives 8 % in place of 5 % is found, one that gives 5 % is not", () => {
    const run = (candidates: number) => {
      let test = newShareTest;
      for (let at = 0; at < 100; at += 1) test = nextShareTest(test, 0.05, candidates, 100 - candidates);
      return rejects(shareEvidence(test), 0.001);
    };
    expect([run(8), run(5)]).toEqual([true, false]);
  });

  it("by ticks: needs 30 of them, and many requests that fail in one tick are one observation", () => {
    let steady = newTickTest;
    for (let at = 0; at < 29; at += 1) steady = nextTickTest(steady, counts([50, 10 + (at % 2)], [50, 1]));
    expect(isWorseByTicks(steady, 0.01)).toBe(false);
    expect(isWorseByTicks(nextTickTest(steady, counts([50, 10], [50, 1])), 0.01)).toBe(true);
    let burst = newTickTest;
    for (let at = 0; at < 60; at += 1) burst = nextTickTest(burst, counts([50, at === 20 ? 50 : 0], [50, 0]));
    expect(isWorseByTicks(burst, 0.01)).toBe(false);
  });
});

describe("the verdict on a release", () => {
  it("promise 14: is not enough evidence without requests, of one arm only, and after a few", () => {
    const tooLittle = { verdict: "notEnoughEvidence", because: "tooLittle" };
    expect(verdictOf(afterTicks(0, tick([0, 0], [0, 0])))).toEqual(tooLittle);
    expect(verdictOf(afterTicks(500, tick([0, 0], [9, 9]), {}, 0))).toEqual(tooLittle);
    expect(verdictOf(afterTicks(500, tick([9, 9], [0, 0]), {}, 1))).toEqual(tooLittle);
    expect(verdictOf(afterTicks(3, tick([10, 0], [10, 0])))).toEqual(tooLittle);
  });

  it("is a regression once errors or latencies say so, and stays one", () => {
    const errors = afterTicks(20, tick([50, 3], [50, 0]));
    expect(verdictOf(errors)).toMatchObject({ verdict: "regression", in: "errors" });
    const latency = afterTicks(20, tick([50, 0, 20], [50, 0, 5]));
    expect(verdictOf(latency)).toMatchObject({ verdict: "regression", in: "latency" });
    let later = errors;
    for (let at = 0; at < 500; at += 1) later = nextAnalysis(later, tick([50, 0], [50, 3]), 0.5);
    expect(verdictOf(later)).toMatchObject({ verdict: "regression" });
  });

  it("is good when it is not twice as bad, or fails few enough by itself", () => {
    expect(verdictOf(afterTicks(60, tick([50, 1], [50, 1])))).toEqual({ verdict: "good", by: "ratio" });
    expect(verdictOf(afterTicks(20, tick([50, 0], [50, 0])))).toMatchObject({ verdict: "notEnoughEvidence" });
    expect(verdictOf(afterTicks(20, tick([50, 0], [50, 0]), { goodBelowRate: 0.01 }))).toEqual({
      verdict: "good",
      by: "rate",
    });
    expect(betterThan(2).grid.every((ratio) => ratio < 2)).toBe(true);
  });

  it("is none about a gateway that does not share out as it was told", () => {
    const analysis = afterTicks(100, tick([20, 0], [80, 0]), { goodBelowRate: 0.01 }, 0.05);
    expect(verdictOf(analysis)).toEqual({ verdict: "notEnoughEvidence", because: "shareMismatch" });
  });

  it("is the same from what was stored of it, bit for bit", () => {
    let live = newAnalysis(rules);
    for (let at = 0; at < 50; at += 1) live = nextAnalysis(live, tick([7, at % 3 === 0 ? 1 : 0, 2], [93, 1, 9]), 0.07);
    let stored = newAnalysis(rules);
    for (let at = 0; at < 50; at += 1) {
      stored = nextAnalysis(stored, tick([7, at % 3 === 0 ? 1 : 0, 2], [93, 1, 9]), 0.07);
      stored = JSON.parse(JSON.stringify(stored));
    }
    expect(stored).toEqual(live);
    expect(verdictOf(stored)).toEqual(verdictOf(live));
  });

  const named = (name: string) => scenarios.find((scenario) => scenario.name === name)!;

  it("promise 14: rarely blames a release that is as good as the one before, however often one looks", () => {
    for (const name of ["equal, 5 %", "equal, drifting 1 to 5 %", "equal, 2 % in clusters of 10, guarded"])
      expect(simulate(named(name), 100, 7).analysis.alarms, name).toBeLessThanOrEqual(0.03);
  });

  it("finds ten times the errors within about a hundred requests, and latencies that doubled within forty", () => {
    const errors = simulate(named("0.5 → 5 %"), 100, 7).analysis;
    expect(errors.alarms).toBe(1);
    expect(errors.medianRequests).toBeLessThan(150);
    const latency = simulate(named("latency × 2"), 100, 7).analysis;
    expect(latency).toMatchObject({ alarms: 1 });
    expect(latency.medianRequests).toBeLessThan(40);
  });
});
