import { describe, expect, test } from "vitest";
import type { Tick } from "../../src/rollout/analysis/counts.ts";
import { begin, next } from "../../src/rollout/machine.ts";
import { narrate } from "../../src/rollout/narrate.ts";
import { planRollout } from "../../src/rollout/plan.ts";
import { isBaking, isHeld, type RolloutEvent, type RolloutState } from "../../src/rollout/rollout-state.ts";
import type { OnNoEvidence } from "../../src/strategies/step.ts";
import { fleetOf, specOf } from "./fixtures.ts";

const analysis = { alpha: 0.01, tolerance: 1, guarded: false };
const hold = 600_000;
const planned = (onNoEvidence: OnNoEvidence = "hold") =>
  planRollout(
    specOf({
      release: "bbb",
      services: { web: 1 },
      strategy: { strategy: "canary", steps: [10, 50], hold, onNoEvidence, bake: 60_000, analysis },
    }),
    2,
    fleetOf({ release: "aaa", services: { web: 1 } }, 1),
  );
const done = (step: number): RolloutEvent => ({ type: "stepDone", direction: "forward", step });
const counted = (candidate: [requests: number, errors: number], baseline: [number, number]): RolloutEvent => {
  const arm = ([requests, errors]: [number, number]) => ({ requests, errors, slower: [0] });
  const tick: Tick = { candidate: arm(candidate), baseline: arm(baseline) };
  return { type: "counted", tick, share: 0.1 };
};

/** The state after events a second apart, and what was told of them. */
function folded(events: readonly RolloutEvent[], onNoEvidence?: OnNoEvidence) {
  let state: RolloutState = begin(planned(onNoEvidence), 0).state;
  const told: string[] = [];
  events.forEach((event, index) => {
    const now = (index + 1) * 1000;
    const moved = next(state, event, event.type === "tick" ? now + hold : now).state;
    const facts = narrate({ environment: "production", deployment: 2 }, state, event, moved, now);
    told.push(
      ...facts.flatMap((fact) =>
        fact.type === "verdictGiven" ? [`${fact.verdict} ${fact.follows ?? ""} ${fact.because ?? ""}`.trim()] : [],
      ),
    );
    state = moved;
  });
  return { state, told, step: state.phase === "ended" ? "end" : `${state.phase} ${state.step + 1}` };
}

const observed: RolloutEvent[] = [done(0), done(1), { type: "comparisonBegun", thresholdsMs: [10] }];
const repeated = (times: number, event: RolloutEvent) => Array.from({ length: times }, () => event);

describe("promise 14: a canary is judged by what was counted", () => {
  test("a release that fails more often is taken out at once, and says with which numbers", () => {
    const { state, told } = folded([...observed, ...repeated(5, counted([20, 2], [180, 1]))]);
    expect(told).toEqual(["regression"]);
    expect(state).toMatchObject({
      phase: "revert",
      failures: [
        {
          code: "release-regressed",
          message: "The new release fails more often than the one that serves: 10 % instead of 0.56 %",
        },
      ],
    });
  });

  test("one that fails as often stays, however long it is looked at", () => {
    const { step, told } = folded([...observed, ...repeated(2000, counted([10, 1], [90, 9]))]);
    expect([step, told.filter((verdict) => verdict === "regression")]).toEqual(["forward 4", []]);
  });

  test("one that is good goes to the next share before the time is over, and has to be good anew there", () => {
    const good = repeated(22, counted([20, 0], [180, 0]));
    const first = folded([...observed, ...good]);
    expect([first.step, first.told]).toEqual(["forward 4", ["good"]]);
    const second = folded([...observed, ...good, done(3), counted([20, 0], [180, 0])]);
    expect(second.step).toBe("forward 5");
    const third = folded([...observed, ...good, done(3), ...good]);
    expect(third.step).toBe("forward 6");
  });

  test("what speaks against it is kept from one share to the next", () => {
    const bad = counted([40, 2], [360, 0]);
    const alone = folded([...observed, bad]);
    const promoted: RolloutEvent = { type: "resume", promote: true };
    const both = folded([...observed, bad, promoted, done(3), counted([40, 3], [360, 0])]);
    expect(alone.told).toEqual([]);
    expect(both.told).toEqual(["regression"]);
  });

  test.each<[OnNoEvidence, string, string]>([
    ["hold", "forward 3", "notEnoughEvidence hold"],
    ["promote", "forward 4", "notEnoughEvidence promote"],
    ["revert", "revert 1", "notEnoughEvidence revert"],
  ])("too few requests: %s", (policy, step, verdict) => {
    const seen = folded([...observed, counted([3, 0], [27, 0]), { type: "tick" }], policy);
    expect([seen.step, seen.told]).toEqual([step, [verdict]]);
    expect(isHeld(seen.state)).toBe(policy === "hold");
  });

  test("one that waits for a person still takes verdicts, gets its time once more, or goes on", () => {
    const held: RolloutEvent[] = [...observed, counted([3, 0], [27, 0]), { type: "tick" }];
    expect(folded([...held, ...repeated(20, counted([40, 6], [360, 0]))]).step).toBe("revert 1");
    const resumed = folded([...held, { type: "resume", promote: false }]);
    expect([resumed.step, isHeld(resumed.state)]).toEqual(["forward 3", false]);
    expect(folded([...held, { type: "resume", promote: true, reason: "checked" }]).step).toBe("forward 4");
    expect(folded([...held, { type: "resumed" }, { type: "tick" }]).told).toEqual(["notEnoughEvidence hold"]);
  });

  test.each<[OnNoEvidence, string]>([
    ["hold", "forward 3"],
    ["revert", "revert 1"],
  ])("requests that are not shared out as the gateway was told are no question of too few: %s", (policy, step) => {
    const half = counted([100, 0], [100, 0]);
    const seen = folded([...observed, ...repeated(20, half), { type: "tick" }], policy);
    expect([seen.step, seen.told]).toEqual([step, [`notEnoughEvidence ${policy} shareMismatch`]]);
    if (seen.state.phase === "revert") expect(seen.state.failures).toMatchObject([{ code: "share-mismatch" }]);
  });

  test("two who go on at once, having seen the same step, go one step further", () => {
    const go: RolloutEvent = { type: "resume", promote: true, step: 2 };
    expect(folded([...observed, go, done(3)]).step).toBe("forward 5");
    expect(folded([...observed, go, go, done(3), go]).step).toBe("forward 5");
  });

  test("after the last share it bakes: what served before is kept, and the way back is a switch", () => {
    const go: RolloutEvent = { type: "resume", promote: true };
    const { state } = folded([...observed, go, done(3), go, done(5)]);
    expect(isBaking(state)).toBe(true);
    const back = next(state, { type: "abortRequested", failures: [] }, 99_000).state;
    expect(back.phase === "revert" && back.steps.map(({ kind }) => kind)).toEqual(["route", "drain", "stop"]);
  });
});
