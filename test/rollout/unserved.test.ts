import { expect, test } from "vitest";
import { ok } from "../../src/errors/result.ts";
import { toEntry } from "../../src/rollout/journal.ts";
import { planRollout } from "../../src/rollout/plan.ts";
import type { RolloutEvent } from "../../src/rollout/rollout-state.ts";
import { foreseeUnserved, isUnserved } from "../../src/rollout/unserved.ts";
import type { DeploymentRecord, JournalEntry } from "../../src/store/store.ts";
import { emptyFleet } from "../../src/strategies/fleet.ts";
import { fleetOf, specOf } from "./fixtures.ts";

const old = fleetOf({ release: "aaa", services: { web: 1 } }, 1);
const plan = planRollout(specOf({ release: "bbb", services: { web: 1 }, strategy: { strategy: "recreate" } }), 2, old);

/** Refuse requests, drain, stop, start, route: each a second after the one before. */
const journal = plan.steps.map((_, step): [number, RolloutEvent] => {
  return [1_000 * (step + 1), { type: "stepDone", direction: "forward", step }];
});

function storeWith(...deployments: { outcome: "deployed" | "reverted"; steps: number }[]) {
  const entries = (steps: number): JournalEntry[] => [
    toEntry({ at: 0, event: { type: "begun", plan } }),
    ...journal.slice(0, steps).map(([at, event]) => toEntry({ at, event })),
  ];
  const records = deployments.map(({ outcome }, id) => ({ id, end: { outcome } }) as DeploymentRecord);
  return {
    deployments: async () => ok(records),
    journal: async (id: number) => ok(entries(deployments[id]?.steps ?? 0)),
  };
}

test("promise 12: recreate says what it will lose: how long requests were refused the last time that it was done", async () => {
  const store = storeWith({ outcome: "reverted", steps: 3 }, { outcome: "deployed", steps: 5 });
  expect(await foreseeUnserved(store, "staging", plan)).toEqual({ lastMs: 4_000 });
});

test("promise 12: … or that nobody knows", async () => {
  expect(await foreseeUnserved(storeWith({ outcome: "reverted", steps: 3 }), "staging", plan)).toEqual({});
});

test("what replaces nothing loses nothing, and neither does what comes up beside it", async () => {
  const first = planRollout(specOf({ release: "bbb", strategy: { strategy: "recreate" } }), 2, emptyFleet);
  expect([isUnserved(first), isUnserved(planRollout(specOf({ release: "bbb" }), 2, old))]).toEqual([false, false]);
});
