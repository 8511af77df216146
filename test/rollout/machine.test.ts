import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/errors/failure.ts";
import { fleetAt } from "../../src/rollout/fleet-at.ts";
import { begin, type Effect, next } from "../../src/rollout/machine.ts";
import { narrate } from "../../src/rollout/narrate.ts";
import { planRollout, type RolloutPlan } from "../../src/rollout/plan.ts";
import type { Ended, Moving, RolloutEvent, RolloutState } from "../../src/rollout/rollout-state.ts";
import type { Step } from "../../src/strategies/step.ts";
import { fleetOf, specOf } from "./fixtures.ts";

const failure: Failure = { code: "check-failed", message: "it is worse" };
const planned = planRollout(
  specOf({ release: "bbb", services: { web: 1 } }),
  2,
  fleetOf({ release: "aaa", services: { web: 1 } }, 1),
);

/** start, route, then what waits, then drain and stop. */
const planWith = (...waiting: Step[]): RolloutPlan => ({
  ...planned,
  steps: planned.steps.toSpliced(2, 0, ...waiting),
});
const observe: Step = { kind: "observe", until: { spentMs: 150_000 } };
const done = (step: number): RolloutEvent => ({ type: "stepDone", direction: "forward", step });

interface Run {
  readonly state: RolloutState;
  readonly effects: readonly Effect[];
}

/** The fold of events, each at its time, over a plan that begins at 0. */
function run(plan: RolloutPlan, ...events: [at: number, event: RolloutEvent][]): Run {
  return events.reduce<Run>(({ state }, [at, event]) => next(state, event, at), begin(plan, 0));
}

const read = ({ state, effects }: Run) => ({
  at: state.phase === "ended" ? state.outcome : `${state.phase} ${state.steps[state.step]?.kind ?? "end"}`,
  effects: effects.map((effect) => (effect.type === "wakeAt" ? `wakeAt ${effect.at}` : effect.type)),
});

const routed: [number, RolloutEvent][] = [
  [1_000, done(0)],
  [2_000, done(1)],
];

describe("a step that waits", () => {
  test.each<[string, Step, [number, RolloutEvent][], string, string[]]>([
    // name, step, events after the route at 2000, where it stands, the last effects
    ["an observation asks to be woken, at least once a minute", observe, [], "forward observe", ["wakeAt 62000"]],
    [
      "… and goes on waiting when it is woken before its time",
      observe,
      [[62_000, { type: "tick" }]],
      "forward observe",
      ["wakeAt 122000"],
    ],
    ["… for what is left", observe, [[122_000, { type: "tick" }]], "forward observe", ["wakeAt 152000"]],
    ["… until its time was spent", observe, [[152_000, { type: "tick" }]], "forward drain", ["perform"]],
    [
      "… or the verdict is good",
      observe,
      [[9_000, { type: "verdict", verdict: "good", failures: [] }]],
      "forward drain",
      ["cancel", "perform"],
    ],
    [
      "… or it is promoted",
      observe,
      [[9_000, { type: "resume", promote: true }]],
      "forward drain",
      ["cancel", "perform"],
    ],
    [
      "too little evidence ends nothing",
      observe,
      [[9_000, { type: "verdict", verdict: "notEnoughEvidence", failures: [] }]],
      "forward observe",
      [],
    ],
    [
      "a regression takes the release out",
      observe,
      [[9_000, { type: "verdict", verdict: "regression", failures: [failure] }]],
      "revert route",
      ["cancel", "perform"],
    ],
    [
      "a lost instance does too",
      observe,
      [[9_000, { type: "memberLost", member: "d2-web-1", failures: [failure] }]],
      "revert route",
      ["cancel", "perform"],
    ],
    ["a hold asks for nothing", { kind: "hold" }, [], "forward hold", []],
    ["… a tick does not end it", { kind: "hold" }, [[9_000_000, { type: "tick" }]], "forward hold", []],
    [
      "… somebody who lets it go on does",
      { kind: "hold" },
      [[9_000, { type: "resume", promote: false }]],
      "forward drain",
      ["perform"],
    ],
    [
      "… or takes it back",
      { kind: "hold" },
      [[9_000, { type: "abortRequested", failures: [failure] }]],
      "revert route",
      ["cancel", "perform"],
    ],
    [
      "a gate waits for its answer",
      { kind: "gate", name: "lead" },
      [[3_000, { type: "resume", promote: true }]],
      "forward gate",
      [],
    ],
    [
      "… and not for another gate's",
      { kind: "gate", name: "lead" },
      [[3_000, { type: "approval", gate: "legal", granted: true, failures: [] }]],
      "forward gate",
      [],
    ],
    [
      "… granted",
      { kind: "gate", name: "lead" },
      [[3_000, { type: "approval", gate: "lead", granted: true, failures: [] }]],
      "forward drain",
      ["perform"],
    ],
    [
      "… refused",
      { kind: "gate", name: "lead" },
      [[3_000, { type: "approval", gate: "lead", granted: false, failures: [failure] }]],
      "revert route",
      ["cancel", "perform"],
    ],
  ])("%s", (_, step, events, at, effects) => {
    expect(read(run(planWith(step), ...routed, ...events))).toEqual({ at, effects });
  });

  test("changes nothing of the fleet, in both directions", () => {
    const before = run(planned, ...routed).state as Moving;
    const waiting = run(planWith({ kind: "hold" }), ...routed).state as Moving;
    expect(fleetAt(waiting).routed).toEqual(fleetAt(before).routed);
    const turned = next(waiting, { type: "abortRequested", failures: [failure] }, 3_000).state as Moving;
    expect(turned.steps.map(({ kind }) => kind)).toEqual(["route", "drain", "stop"]);
  });
});

describe("a pause", () => {
  const pause: RolloutEvent = { type: "pause" };
  const goOn: RolloutEvent = { type: "resume", promote: false };

  test.each<[string, [number, RolloutEvent][], string, string[]]>([
    ["lets what is being performed end", [[1_500, pause]], "forward route", []],
    [
      "begins nothing after it",
      [
        [1_500, pause],
        [2_000, done(1)],
      ],
      "forward observe",
      [],
    ],
    [
      "ends with what comes next",
      [
        [1_500, pause],
        [2_000, done(1)],
        [9_000, goOn],
      ],
      "forward observe",
      ["wakeAt 69000"],
    ],
    [
      "that ends before the step does changes nothing",
      [
        [1_500, pause],
        [1_600, goOn],
      ],
      "forward route",
      [],
    ],
    [
      "stops the time of an observation",
      [
        [2_000, done(1)],
        [12_000, pause],
      ],
      "forward observe",
      ["cancel"],
    ],
    [
      "… which goes on where it was",
      [
        [2_000, done(1)],
        [142_000, pause],
        [900_000, goOn],
      ],
      "forward observe",
      ["wakeAt 910000"],
    ],
    [
      "survives a new shell",
      [
        [1_500, pause],
        [2_000, done(1)],
        [5_000, { type: "resumed" }],
      ],
      "forward observe",
      [],
    ],
    [
      "does not keep it from going back",
      [
        [1_500, pause],
        [1_600, { type: "abortRequested", failures: [failure] }],
      ],
      "revert route",
      ["cancel", "perform"],
    ],
    [
      "behind the last step keeps it from ending",
      [
        [2_000, done(1)],
        [200_000, { type: "tick" }],
        [200_001, done(3)],
        [200_002, pause],
        [200_003, done(4)],
      ],
      "forward end",
      [],
    ],
    [
      "… until it ends",
      [
        [2_000, done(1)],
        [200_000, { type: "tick" }],
        [200_001, done(3)],
        [200_002, pause],
        [200_003, done(4)],
        [300_000, goOn],
      ],
      "deployed",
      ["end"],
    ],
  ])("%s", (_, events, at, effects) => {
    expect(read(run(planWith(observe), [1_000, done(0)], ...events))).toEqual({ at, effects });
  });

  test("before a step keeps a new shell from believing that the step was begun", () => {
    const { state } = run(planned, [500, pause], [1_000, done(0)]);
    expect(fleetAt(state as Moving).routed).toEqual(planned.before.routed);
    const turned = next(state, { type: "abortRequested", failures: [failure] }, 3_000).state as Moving;
    expect(turned.steps.map(({ kind }) => kind)).toEqual(["stop"]);
  });

  test("is not possible on the way back", () => {
    const { state } = run(planned, [500, { type: "abortRequested", failures: [failure] }]);
    expect(next(state, pause, 600).state).toBe(state);
  });
});

describe("time spent in a step", () => {
  const resumed: RolloutEvent = { type: "resumed" };

  test("survives the death of a shell; what passes while nobody watches does not count", () => {
    // 60 s were seen when it died, somewhere before 1000 s; 90 s are left.
    const back = run(planWith(observe), ...routed, [62_000, { type: "tick" }], [1_000_000, resumed]);
    expect(read(back).effects).toEqual(["wakeAt 1060000"]);
    const later = [1_060_000, 1_090_000].reduce<Run>(({ state }, at) => next(state, { type: "tick" }, at), back);
    expect(read(later).at).toBe("forward drain");
  });

  test("is what is told of a step that was performed by two shells", () => {
    const { state } = run(
      planned,
      [400, { type: "memberLost", member: "d1-web-1", failures: [failure] }],
      [5_000, resumed],
    );
    const after = next(state, done(0), 5_600);
    const facts = narrate({ environment: "staging", deployment: 2 }, state, done(0), after.state, 5_600);
    expect(facts[0]).toMatchObject({ type: "stepFinished", durationMs: 600 });
  });

  test("does not run backwards with the clock", () => {
    expect(read(run(planWith(observe), ...routed, [1_000, { type: "tick" }])).effects).toEqual(["wakeAt 61000"]);
  });
});

describe("what is told", () => {
  const told = (plan: RolloutPlan, before: [number, RolloutEvent][], at: number, event: RolloutEvent) => {
    const { state } = run(plan, ...before);
    return narrate({ environment: "staging", deployment: 2 }, state, event, next(state, event, at).state, at).map(
      ({ type }) => type,
    );
  };

  test.each<[string, RolloutEvent, string[]]>([
    ["nothing of a tick before its time", { type: "tick" }, []],
    ["a pause", { type: "pause" }, ["deploymentPaused"]],
    ["a promotion", { type: "resume", promote: true }, ["deploymentContinued", "stepFinished", "stepStarted"]],
    [
      "a verdict that changes nothing",
      { type: "verdict", verdict: "notEnoughEvidence", failures: [] },
      ["verdictGiven"],
    ],
    [
      "a regression",
      { type: "verdict", verdict: "regression", failures: [failure] },
      ["verdictGiven", "revertStarted", "stepStarted"],
    ],
    ["nothing of an answer that nobody waits for", { type: "approval", gate: "lead", granted: true, failures: [] }, []],
    ["a new shell, and the step that it begins again", { type: "resumed" }, ["deploymentResumed", "stepStarted"]],
  ])("%s", (_, event, types) => {
    expect(told(planWith(observe), routed, 3_000, event)).toEqual(types);
  });

  test("of a step behind a pause that it begins only after it", () => {
    const paused: [number, RolloutEvent][] = [
      [1_000, done(0)],
      [1_500, { type: "pause" }],
    ];
    expect(told(planned, paused, 2_000, done(1))).toEqual(["stepFinished"]);
    const goOn: RolloutEvent = { type: "resume", promote: false };
    expect(told(planned, [...paused, [2_000, done(1)]], 3_000, goOn)).toEqual(["deploymentContinued", "stepStarted"]);
  });
});

test("a rollout that has ended stays as it is, whatever comes", () => {
  const ended = run(planned, [1, done(0)], [2, done(1)], [3, done(2)], [4, done(3)]).state as Ended;
  expect(ended).toMatchObject({ outcome: "deployed", at: 4, fleet: planned.after });
  const events: RolloutEvent[] = [{ type: "tick" }, { type: "pause" }, { type: "resumed" }, done(3)];
  for (const event of events) expect(next(ended, event, 9)).toEqual({ state: ended, effects: [] });
});

describe("a way back that does not work", () => {
  const failed = (code: Failure["code"]): RolloutEvent => ({
    ...{ type: "stepFailed", direction: "revert", step: 0 },
    failures: [{ code, message: "no" }],
  });
  const abort: RolloutEvent = { type: "abortRequested", failures: [failure] };
  const trafficAfter = (code: Failure["code"]) => {
    const { state } = run(planWith(observe), ...routed, [3_000, abort], [4_000, failed(code)]);
    const { outcome, fleet } = state as Ended;
    return [outcome, fleet.traffic.map(({ deployment }) => deployment)];
  };

  test("is stuck with the requests where they were sent back to", () => {
    expect(trafficAfter("gateway-unreachable")).toEqual(["stuck", [1]]);
  });

  test("is stuck with the requests where they are when nobody would have answered them there", () => {
    expect(trafficAfter("not-routed")).toEqual(["stuck", [2]]);
  });
});

describe("a plan whose migration is declared irreversible", () => {
  const frozen = planRollout(
    {
      ...specOf({ release: "bbb", services: { web: 1 }, migrate: true }),
      irreversible: { because: "the column held nothing", services: ["web"] },
    },
    2,
    fleetOf({ release: "aaa", services: { web: 1 } }, 1),
  );
  const fails = (step: number): RolloutEvent => ({
    type: "stepFailed",
    direction: "forward",
    step,
    failures: [failure],
  });

  test("promise 11: is left as it stands by a failure from its migration on, and says why", () => {
    const { state, effects } = run(frozen, [1, done(0)], [2, done(1)], [3, fails(2)]);
    expect(frozen.steps.map(({ kind }) => kind)).toEqual(["migrate", "start", "route", "drain", "stop"]);
    expect(effects.map(({ type }) => type)).toEqual(["cancel", "end"]);
    expect(state).toMatchObject({ phase: "ended", outcome: "frozen" });
    const { failures, fleet } = state as Ended;
    expect(failures.map(({ code }) => code)).toEqual(["deployment-frozen", "check-failed"]);
    expect(failures[0]?.message).toContain("the column held nothing");
    expect(fleet.members.map(({ id }) => id)).toEqual(["d1-web-1", "d2-web-1"]);
  });

  test("is taken back when a person asks for it", () => {
    const asked: RolloutEvent = { type: "abortRequested", failures: [failure] };
    expect(read(run(frozen, [1, done(0)], [2, asked])).at).toMatch(/^revert/);
  });
});

test("a rehearsal proves what served before after each migration, and at the end what serves then", () => {
  const spec = {
    ...specOf({ release: "bbb", services: { web: 1 }, migrate: true, checks: ["smoke"] }),
    rehearses: "live",
  };
  const { steps } = planRollout(spec, 2, fleetOf({ release: "aaa", services: { web: 1 } }, 1));
  const shown = steps.map((step) =>
    [step.kind, ...("members" in step ? step.members.map(({ id }) => id) : [])].join(" "),
  );
  expect(shown).toEqual([
    "migrate",
    "prove d1-web-1",
    "start d2-web-1",
    "route d2-web-1",
    "drain d1-web-1",
    "stop d1-web-1",
    "prove d2-web-1",
  ]);
});
