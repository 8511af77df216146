import { expect, test } from "vitest";
import { type Report, simulate } from "./simulation/simulate.ts";

/*
 * The real controller, keeper and performer on a virtual clock, between a simulated driver, gateway and store. A seed chooses
 * releases, strategy, faults, what people do, and at which writes agents die, or lose their lease and go on all the same.
 * `npm run test:simulation` goes through more seeds.
 */

const seeds = Number(process.env.TIDEGATE_SIMULATION_SEEDS ?? 400);
const first = Number(process.env.TIDEGATE_SIMULATION_FIRST ?? 1);

test(`promise 11, 12, 16: ${seeds} rollouts with faults, crashes and stale writers end with the old or the new release, and lose no request`, async () => {
  const reports: Report[] = [];
  const broken: string[] = [];
  for (let seed = first; seed < first + seeds && broken.length < 5; seed += 1) {
    const report = await simulate(seed);
    reports.push(report);
    if (report.violations.length > 0) broken.push(`seed ${seed} (${report.outcome}): ${report.violations.join("; ")}`);
  }
  expect(broken).toEqual([]);
  // The seeds must have met what is interesting; otherwise this test proves nothing.
  const count = (is: (report: Report) => boolean) => reports.filter(is).length;
  expect(count(({ outcome }) => outcome === "deployed")).toBeGreaterThan(seeds / 5);
  expect(count(({ outcome }) => outcome === "reverted")).toBeGreaterThan(seeds / 5);
  expect(count(({ outcome }) => outcome === "stuck")).toBeLessThan(seeds / 10);
  expect(count(({ outcome }) => outcome === "frozen")).toBeGreaterThan(0);
  expect(count(({ agents }) => agents > 1)).toBeGreaterThan(seeds / 5);
  expect(count(({ refused }) => refused > 0)).toBeGreaterThan(0);
}, 3_600_000);
