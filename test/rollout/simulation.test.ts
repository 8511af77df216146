import { expect, test } from "vitest";
import { type Report, simulate } from "./simulation/simulate.ts";
import { sweep } from "./simulation/sweep.ts";

/*
 * The real controller, keeper and performer on a virtual clock, between a simulated driver, gateway and store. A seed chooses
 * releases, strategy, faults, what people do, and at which writes agents die, or lose their lease and go on all the same.
 * Calls are slow, fail, are done twice, lose their answers; somebody sets the clock, and restarts the gateway.
 * `npm run simulate -- --seeds 100000` goes through more seeds, `-- --seed 4711` shows what happens in one.
 */

const seeds = Number(process.env.TIDEGATE_SIMULATION_SEEDS ?? 300);
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

test("promise 11, 16: an agent that dies, or loses its lease, at any write of a rollout leaves the old or the new release serving", async () => {
  const broken: string[] = [];
  for (const seed of [2, 3])
    for await (const { death, violations } of sweep(seed))
      if (violations.length > 0) broken.push(`seed ${seed}, ${death}: ${violations.join("; ")}`);
  expect(broken).toEqual([]);
});
