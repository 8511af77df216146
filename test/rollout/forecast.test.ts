import { describe, expect, test } from "vitest";
import { scenarios, simulate } from "../../bench/detection.ts";
import { parseTraffic } from "../../src/app/deploy/forecast-canary.ts";
import { rulesOf } from "../../src/rollout/analysis/comparison.ts";
import {
  forecastGood,
  forecastRegression,
  type Outlook,
  type Regression,
} from "../../src/rollout/analysis/forecast.ts";

/** As bench/detection.ts: 100 requests each two seconds, four shares for 60 looks each. */
const outlook: Outlook = {
  perSecond: 50,
  failing: 0.005,
  shares: [0.05, 0.1, 0.25, 0.5],
  holdMs: 124_000,
  rules: rulesOf({ alpha: 0.01, tolerance: 1, guarded: false }, 4),
};

describe("the forecast of a canary", () => {
  test.each<[string, Regression]>([
    ["0.5 → 2 %", { failing: 0.02 }],
    ["0.5 → 5 %", { failing: 0.05 }],
    ["0.5 → 30 %", { failing: 0.3 }],
    ["latency + 25 %", { slower: 1.25 }],
    ["latency × 2", { slower: 2 }],
  ])("says of %s what the simulation shows: as many requests, within a half", (name, regression) => {
    const known = forecastRegression(outlook, regression)!;
    const { medianRequests, alarms } = simulate(scenarios.find((one) => one.name === name)!, 30, 11).analysis;
    expect([known.isLater, alarms]).toEqual([false, 1]);
    expect(known.requests / medianRequests!).toBeGreaterThan(0.5);
    expect(known.requests / medianRequests!).toBeLessThan(1.5);
  });

  test("says that 0.5 → 1 % takes longer than the steps, which is found in little more than half of simulated rollouts", () => {
    expect(forecastRegression(outlook, { failing: 0.01 })).toMatchObject({ isLater: true, step: 3 });
  });

  test("says when a release that does as well is known as good, or that there is no time for it", () => {
    const quiet = { ...outlook, failing: 0, shares: [0.05, 0.5], holdMs: 600_000 };
    expect(forecastGood(quiet).map((known) => known?.requests)).toEqual([435, 450]);
    expect(forecastGood({ ...quiet, perSecond: 1 })).toEqual([undefined, undefined]);
    expect(forecastGood({ ...quiet, perSecond: 2 })[1]).toMatchObject({ step: 1, requests: 432 });
  });

  test("knows that hardly any traffic shows nothing for a long time", () => {
    const known = forecastRegression({ ...outlook, perSecond: 0.01 }, { failing: 0.05 })!;
    expect(known.isLater).toBe(true);
    expect(known.afterMs).toBeGreaterThan(3_600_000);
    expect(forecastRegression({ ...outlook, perSecond: 1e-5 }, { failing: 0.01 })).toBeUndefined();
  });

  test("takes traffic in whatever time it is told, and nothing else", () => {
    const given = ["20/s", "300/m", "5400/h", "43200/d"].map((text) => parseTraffic(text));
    expect(given.map((one) => one.ok && one.value)).toEqual([20, 5, 1.5, 0.5]);
    for (const wrong of ["20", "0/s", "-1/s", "1e9/s", "20/s ", "20/week", "", "99999999999/s"])
      expect(parseTraffic(wrong).ok, wrong).toBe(false);
  });
});
