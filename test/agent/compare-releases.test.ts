import { expect, test } from "vitest";
import { compareReleases } from "../../src/agent/environments/compare-releases.ts";
import { ok } from "../../src/errors/result.ts";
import { type Gateway, type InstanceTraffic, latencyBoundsMs } from "../../src/gateway/gateway.ts";
import type { Tick } from "../../src/rollout/analysis/counts.ts";
import { begin, next } from "../../src/rollout/machine.ts";
import { planRollout } from "../../src/rollout/plan.ts";
import type { RolloutEvent, RolloutState } from "../../src/rollout/rollout-state.ts";
import { fleetOf, specOf } from "../rollout/fixtures.ts";

const analysis = { alpha: 0.01, tolerance: 1, guarded: false };
const plan = planRollout(
  specOf({
    release: "bbb",
    services: { web: 1 },
    strategy: { strategy: "canary", steps: [10], hold: 60_000, onNoEvidence: "hold", bake: 1000, analysis },
  }),
  2,
  fleetOf({ release: "aaa", services: { web: 1 } }, 1),
);

/** What an instance has done: so many requests, of which these failed and these were slow (a second). */
function traffic(deployment: number, requests: number, errors = 0, slow = 0, more: Partial<InstanceTraffic> = {}) {
  const latency = latencyBoundsMs.map((bound) => (bound === 2 ? requests - slow : bound === 1000 ? slow : 0));
  return {
    ...{
      environment: "staging",
      instance: `d${deployment}-web-1`,
      release: "r",
      deployment,
      internal: false,
      since: 5,
    },
    ...{
      requests,
      serverErrors: errors,
      connectErrors: 0,
      brokeOff: 0,
      underWay: 0,
      latency: [...latency, 0],
      ...more,
    },
  } satisfies InstanceTraffic;
}

/** What the machine is told of while the gateway shows one look after the other. */
async function told(all: readonly (readonly InstanceTraffic[])[], before: readonly RolloutEvent[]) {
  // What comes first is left out until it has settled: seen twice.
  const looks = [...all.slice(0, 1), ...all];
  let state: RolloutState = begin(plan, 0).state;
  for (const event of before) state = next(state, event, 0).state;
  const over = new AbortController();
  const ticks: Tick[] = [];
  let thresholds: readonly number[] | undefined;
  let look = 0;
  const gateway = {
    observe: async () => ok({ processes: [], environments: [], removed: [], instances: looks[look] ?? [] }),
  } as unknown as Gateway;
  await compareReleases(
    {
      environment: "staging",
      gateway,
      state: () => state,
      clock: {
        now: () => look * 2_000,
        monotonic: () => look * 2_000,
        wait: async () => {
          look += 1;
          if (look >= looks.length) over.abort();
        },
      },
      controller: {
        beginComparison: (thresholdsMs) => {
          thresholds = thresholdsMs;
          state = next(state, { type: "comparisonBegun", thresholdsMs }, 0).state;
        },
        count: (tick) => void ticks.push(tick),
      },
    },
    over.signal,
  );
  return { ticks, thresholds };
}

const observing: RolloutEvent[] = [
  { type: "stepDone", direction: "forward", step: 0 },
  { type: "stepDone", direction: "forward", step: 1 },
];

test("counts what both releases did between two looks, and takes thresholds from what serves", async () => {
  const { ticks, thresholds } = await told(
    [
      [traffic(1, 1000, 3, 60), traffic(2, 0)],
      [traffic(1, 1090, 4, 70), traffic(2, 10, 2, 5)],
    ],
    observing,
  );
  expect(thresholds).toEqual([2, 1000]);
  expect(ticks).toEqual([
    { candidate: { requests: 10, errors: 2, slower: [5, 0] }, baseline: { requests: 90, errors: 1, slower: [10, 0] } },
  ]);
});

test("requests that hang count as failed after ten seconds, and not again when they are given up; long answers do not", async () => {
  const hanging = (requests: number) =>
    traffic(2, requests, 0, 0, { underWay: requests, latency: traffic(2, 0).latency });
  const streaming = (requests: number) => traffic(1, requests, 0, 0, { underWay: 50 });
  const { ticks } = await told(
    [
      [streaming(1000), hanging(0)],
      ...[10, 20, 30, 40, 50, 60].map((begun) => [streaming(1000 + 9 * begun), hanging(begun)]),
      [streaming(1630), { ...hanging(70), underWay: 0, connectErrors: 70 }],
    ],
    observing,
  );
  const sum = (of: (tick: Tick) => number) => ticks.reduce((all, tick) => all + of(tick), 0);
  // Before anything was given up: those that were begun ten seconds before.
  expect(ticks.slice(0, -1).map(({ candidate }) => candidate)).toEqual(
    [0, 0, 0, 0, 0, 10].map((failed) => ({ requests: failed, errors: failed, slower: [0] })),
  );
  expect([sum(({ candidate }) => candidate.requests), sum(({ candidate }) => candidate.errors)]).toEqual([70, 70]);
  expect(sum(({ baseline }) => baseline.errors)).toBe(0);
});

test("requests that go on count once they have ended", async () => {
  const { ticks } = await told(
    [
      [traffic(1, 200), traffic(2, 0)],
      [traffic(1, 300), traffic(2, 10, 0, 0, { underWay: 4 })],
      [traffic(1, 300), traffic(2, 10)],
    ],
    observing,
  );
  expect(ticks.map(({ candidate }) => candidate.requests)).toEqual([6, 4]);
});

test("what was counted around a restart of the gateway is left out", async () => {
  const { ticks } = await told(
    [
      [traffic(1, 1000), traffic(2, 100)],
      [traffic(1, 50, 0, 0, { since: 9 }), traffic(2, 5, 0, 0, { since: 9 })],
      [traffic(1, 80, 0, 0, { since: 9 }), traffic(2, 8, 0, 0, { since: 9 })],
    ],
    observing,
  );
  expect(ticks.map(({ candidate, baseline }) => [candidate.requests, baseline.requests])).toEqual([[3, 30]]);
});

test("without enough answers before, only errors are compared", async () => {
  const looks = [[traffic(1, 20), traffic(2, 0)]];
  expect((await told(looks, observing)).thresholds).toEqual([]);
});

test("nothing is counted while only one release serves", async () => {
  const looks = [[traffic(1, 200)], [traffic(1, 300)]];
  expect(await told(looks, observing.slice(0, 1))).toEqual({ ticks: [], thresholds: undefined });
});

test("calls between services, and other environments, are not counted", async () => {
  const others = (requests: number) => [
    traffic(2, requests, 0, 0, { internal: true, instance: "d2-api-1" }),
    traffic(1, requests, 0, 0, { environment: "production", instance: "d1-other-1" }),
  ];
  const { ticks } = await told(
    [
      [traffic(1, 200), ...others(0)],
      [traffic(1, 210), ...others(500)],
    ],
    observing,
  );
  expect(ticks).toEqual([
    { candidate: { requests: 0, errors: 0, slower: [0] }, baseline: { requests: 10, errors: 0, slower: [0] } },
  ]);
});

test("a request that its client gave up before an answer began is an error", async () => {
  const { ticks } = await told(
    [
      [traffic(1, 200), traffic(2, 0)],
      [traffic(1, 290), traffic(2, 10, 0, 0, { latency: [7, ...latencyBoundsMs.map(() => 0)] })],
    ],
    observing,
  );
  expect(ticks.map(({ candidate }) => [candidate.requests, candidate.errors])).toEqual([[10, 3]]);
});

test("an error that is known before its request has ended counts with it", async () => {
  const { ticks } = await told(
    [
      [traffic(1, 200), traffic(2, 0)],
      [traffic(1, 290), traffic(2, 2, 2, 0, { underWay: 2, latency: [2, ...latencyBoundsMs.map(() => 0)] })],
      [traffic(1, 290), traffic(2, 2, 2)],
    ],
    observing,
  );
  expect(ticks.map(({ candidate }) => [candidate.requests, candidate.errors])).toEqual([
    [0, 0],
    [2, 2],
  ]);
});

test("what no longer gets requests is not counted, however long it is kept", async () => {
  const { ticks } = await told(
    [
      [traffic(1, 200), traffic(2, 0), traffic(0, 90)],
      [traffic(1, 210), traffic(2, 0), traffic(0, 95)],
    ],
    observing,
  );
  expect(ticks.map(({ baseline }) => baseline.requests)).toEqual([10]);
});
