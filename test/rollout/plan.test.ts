import { describe, expect, test } from "vitest";
import { planRollout } from "../../src/rollout/plan.ts";
import { reverse } from "../../src/rollout/reverse.ts";
import { emptyFleet } from "../../src/strategies/fleet.ts";
import { type Step, summarise } from "../../src/strategies/step.ts";
import { fleetOf, type Shape, specOf } from "./fixtures.ts";

const read = (steps: readonly Step[]) =>
  steps.map(summarise).map(({ kind, subjects }) => `${kind} ${subjects.join(" ")}`.trim());

const plan = (shape: Shape, before: Shape | undefined) =>
  planRollout(specOf(shape), 2, before === undefined ? emptyFleet : fleetOf(before, 1));

const old = { release: "aaa" };

describe("blue/green", () => {
  const strategy = { strategy: "blueGreen", keep: 60_000 } as const;

  test("brings up everything new beside everything old, and moves all requests in one switch", () => {
    const { steps, comparing } = plan({ release: "bbb", strategy, migrate: true, checks: ["smoke"] }, old);
    expect(read(steps)).toEqual([
      "migrate web",
      "start d2-web-1 d2-web-2",
      "check smoke",
      "route d2-web-1 d2-web-2",
      "observe",
      "drain d1-web-1 d1-web-2",
      "stop d1-web-1 d1-web-2",
    ]);
    expect(comparing).toBeUndefined();
  });

  test("keeps nothing where nothing served before", () => {
    const { steps } = plan({ release: "bbb", strategy }, undefined);
    expect(read(steps)).toEqual(["start d2-web-1 d2-web-2", "route d2-web-1 d2-web-2"]);
  });
});

describe("canary", () => {
  const analysis = { alpha: 0.01, tolerance: 1, guarded: false };
  const strategy = {
    strategy: "canary",
    steps: [5, 50],
    hold: 1000,
    onNoEvidence: "hold",
    bake: 2000,
    analysis,
  } as const;
  const sharesOf = (steps: readonly Step[]) =>
    steps.flatMap((step) =>
      step.kind === "route" ? [step.traffic.map(({ deployment, share }) => [deployment, share])] : [],
    );

  test("gives the new release its share of the requests, step by step, and compares it meanwhile", () => {
    const { steps, comparing } = plan({ release: "bbb", strategy }, old);
    const all = "d1-web-1 d1-web-2 d2-web-1 d2-web-2";
    expect(read(steps)).toEqual([
      "start d2-web-1 d2-web-2",
      `route ${all}`,
      "observe",
      `route ${all}`,
      "observe",
      "route d2-web-1 d2-web-2",
      "observe",
      "drain d1-web-1 d1-web-2",
      "stop d1-web-1 d1-web-2",
    ]);
    expect(sharesOf(steps)).toEqual([
      [
        [1, 0.95],
        [2, 0.05],
      ],
      [
        [1, 0.5],
        [2, 0.5],
      ],
      [[2, 1]],
    ]);
    expect(comparing).toEqual(analysis);
  });

  test("what served as two releases keeps its proportions beside the new one", () => {
    const fleet = fleetOf(old, 1);
    const traffic = [
      { deployment: 0, release: "sha256:000", share: 0.25 },
      { deployment: 1, release: "sha256:aaa", share: 0.75 },
    ];
    const { steps } = planRollout(specOf({ release: "bbb", strategy }), 2, { ...fleet, traffic });
    expect(sharesOf(steps)[1]).toEqual([
      [0, 0.125],
      [1, 0.375],
      [2, 0.5],
    ]);
  });

  test.each<[string, Shape, Shape | undefined]>([
    ["the first release", { release: "bbb", strategy }, undefined],
    [
      "a release without public services",
      { release: "bbb", strategy, routes: { web: "internal" } },
      { ...old, routes: { web: "internal" } },
    ],
  ])("has nothing to compare in %s", (_, shape, before) => {
    const { steps, comparing } = plan(shape, before);
    expect(steps.some((step) => step.kind === "observe" && step.until.onNoEvidence !== undefined)).toBe(false);
    expect(comparing).toBeUndefined();
  });
});

describe("rolling", () => {
  test("replaces one instance at a time, each with its share of the traffic", () => {
    expect(read(plan({ release: "bbb" }, old).steps)).toEqual([
      "start d2-web-1",
      "route d1-web-2 d2-web-1",
      "drain d1-web-1",
      "stop d1-web-1",
      "start d2-web-2",
      "route d2-web-1 d2-web-2",
      "drain d1-web-2",
      "stop d1-web-2",
    ]);
  });

  test("knows what a store gave back", () => {
    const stored = structuredClone(fleetOf(old, 1));
    const fresh = { members: [...stored.members], routed: structuredClone(stored.routed), traffic: stored.traffic };
    expect(planRollout(specOf({ release: "bbb" }), 2, fresh)).toEqual(plan({ release: "bbb" }, old));
  });

  test("migrates before, and checks only the first new instance, before it has traffic", () => {
    const { steps } = plan({ release: "bbb", migrate: true, checks: ["smoke"], services: { web: 2 } }, old);
    expect(read(steps).slice(0, 4)).toEqual([
      "migrate web",
      "start d2-web-1",
      "check smoke",
      "route d1-web-2 d2-web-1",
    ]);
    expect(read(steps).filter((step) => step.startsWith("check"))).toHaveLength(1);
  });

  test.each([
    // old, new, batch, retired with each batch
    [3, 2, 1, [["d1-web-1", "d1-web-2"], ["d1-web-3"]]],
    [2, 3, 1, [["d1-web-1"], ["d1-web-2"], []]],
    [
      4,
      4,
      2,
      [
        ["d1-web-1", "d1-web-2"],
        ["d1-web-3", "d1-web-4"],
      ],
    ],
    [1, 1, 5, [["d1-web-1"]]],
  ])("%i old and %i new in batches of %i retire %j", (before, after, batch, retired) => {
    const shape = { release: "bbb", services: { web: after }, strategy: { strategy: "rolling", batch } as const };
    const { steps } = plan(shape, { release: "aaa", services: { web: before } });
    const routes = steps.flatMap((step) => (step.kind === "route" ? [step.members] : []));
    const stops = steps.flatMap((step) => (step.kind === "stop" ? [step.members.map((member) => member.id)] : []));
    expect(stops).toEqual(retired.filter((batch) => batch.length > 0));
    for (const route of routes) expect(route.length).toBeGreaterThanOrEqual(Math.min(before, after));
  });

  test.each([
    // old, new, surge, unavailable, the steps by how many instances they are about
    [2, 2, 0, 1, "route 1, drain 1, stop 1, start 1, route 2, route 1, drain 1, stop 1, start 1, route 2"],
    [
      4,
      4,
      1,
      1,
      "route 3, drain 1, stop 1, start 2, route 4, drain 1, stop 1, route 3, drain 1, stop 1, start 2, route 4, drain 1, stop 1",
    ],
    [
      4,
      4,
      "50%",
      "25%",
      "route 3, drain 1, stop 1, start 3, route 5, drain 1, stop 1, route 4, drain 1, stop 1, start 1, route 4, drain 1, stop 1",
    ],
    [
      3,
      3,
      "10%",
      0,
      "start 1, route 3, drain 1, stop 1, start 1, route 3, drain 1, stop 1, start 1, route 3, drain 1, stop 1",
    ],
    // One always serves: where there is one only, the new one comes first.
    [1, 1, 0, 1, "start 1, route 1, drain 1, stop 1"],
  ] as const)("%i old and %i new with a surge of %s and %s unavailable", (before, after, surge, unavailable, steps) => {
    const strategy = { strategy: "rolling", surge, unavailable } as const;
    const shape = { release: "bbb", services: { web: after }, strategy };
    const planned = plan(shape, { release: "aaa", services: { web: before } });
    const shown = planned.steps.map((step) => `${step.kind} ${"members" in step ? step.members.length : ""}`);
    expect(shown.join(", ")).toBe(steps);
  });

  test("retires a service that the new release no longer has", () => {
    const { steps } = plan({ release: "bbb", services: { web: 1 } }, { release: "aaa", services: { web: 1, api: 1 } });
    expect(read(steps).slice(-3)).toEqual(["route d2-web-1", "drain d1-api-1", "stop d1-api-1"]);
  });

  test("a first deployment comes up all at once and has nothing to drain or stop", () => {
    expect(read(plan({ release: "bbb", services: { web: 2 } }, undefined).steps)).toEqual([
      "start d2-web-1 d2-web-2",
      "route d2-web-1 d2-web-2",
    ]);
  });
});

test("recreate stops everything old before anything new starts", () => {
  const shape = { release: "bbb", services: { web: 1 }, migrate: true, strategy: { strategy: "recreate" } as const };
  expect(read(plan(shape, { ...old, services: { web: 1 } }).steps)).toEqual([
    "route",
    "drain d1-web-1",
    "stop d1-web-1",
    "migrate web",
    "start d2-web-1",
    "route d2-web-1",
  ]);
});

test("promise 13: a rollback is one switch, without migrations and checks", () => {
  const shape = { release: "bbb", migrate: true, checks: ["smoke"], strategy: { strategy: "switch" } as const };
  expect(read(plan(shape, old).steps)).toEqual([
    "start d2-web-1 d2-web-2",
    "route d2-web-1 d2-web-2",
    "drain d1-web-1 d1-web-2",
    "stop d1-web-1 d1-web-2",
  ]);
});

describe("the way back", () => {
  test("before any traffic moved only ends what was started", () => {
    expect(read(reverse(plan({ release: "bbb" }, old), 0))).toEqual(["stop d2-web-1"]);
  });

  test("brings back what was stopped before it moves the traffic", () => {
    expect(read(reverse(plan({ release: "bbb" }, old), 4))).toEqual([
      "start d1-web-1",
      "route d1-web-1 d1-web-2",
      "drain d2-web-1 d2-web-2",
      "stop d2-web-1 d2-web-2",
    ]);
  });

  test("of a first deployment leaves nothing routed and nothing running", () => {
    expect(read(reverse(plan({ release: "bbb", services: { web: 1 } }, undefined), 1))).toEqual([
      "route",
      "drain d2-web-1",
      "stop d2-web-1",
    ]);
  });
});

describe("services that need each other", () => {
  const services = { api: 2, mail: 1, web: 2 };
  const needs = { web: ["api"], mail: ["api"] };
  const routes = { api: "internal", mail: false } as const;
  const shape = (release: string, more: Partial<Shape> = {}): Shape => ({ release, services, needs, routes, ...more });

  test("come in the order of their needs, and what is called stays until its callers have gone", () => {
    expect(read(plan(shape("bbb", { migrate: true, checks: ["smoke"] }), shape("aaa")).steps)).toEqual([
      "migrate api",
      "start d2-api-1 d2-api-2",
      "migrate mail",
      "migrate web",
      "start d2-mail-1",
      "route d1-web-1 d1-web-2 d2-mail-1",
      "drain d1-mail-1",
      "stop d1-mail-1",
      "start d2-web-1",
      "check smoke",
      "route d1-web-2 d2-mail-1 d2-web-1",
      "drain d1-web-1",
      "stop d1-web-1",
      "start d2-web-2",
      "route d2-mail-1 d2-web-1 d2-web-2",
      "drain d1-web-2",
      "stop d1-web-2",
      "drain d1-api-1 d1-api-2",
      "stop d1-api-1 d1-api-2",
    ]);
  });

  test("share the traffic by the instances of the service that is being replaced", () => {
    const shares = plan(shape("bbb"), shape("aaa")).steps.flatMap((step) =>
      step.kind === "route" ? [step.traffic.map(({ deployment, share }) => `${deployment}: ${share}`).join(", ")] : [],
    );
    expect(shares).toEqual(["1: 1", "1: 0.5, 2: 0.5", "2: 1"]);
  });

  test.each([
    [
      "recreate",
      ["route", "drain d1-mail-1 d1-web-1 d1-web-2", "stop d1-mail-1 d1-web-1 d1-web-2", "drain d1-api-1 d1-api-2"],
    ],
    ["switch", ["start d2-api-1 d2-api-2", "start d2-mail-1 d2-web-1 d2-web-2", "route d2-mail-1 d2-web-1 d2-web-2"]],
  ] as const)("%s keeps to it too", (strategy, begins) => {
    const { steps } = plan(shape("bbb", { strategy: { strategy } }), shape("aaa"));
    expect(read(steps).slice(0, begins.length)).toEqual(begins);
    expect(read(steps).filter((step) => step.startsWith("stop"))).toEqual([
      "stop d1-mail-1 d1-web-1 d1-web-2",
      "stop d1-api-1 d1-api-2",
    ]);
  });

  test("go back in the reverse order", () => {
    const { steps } = plan(shape("bbb"), shape("aaa"));
    expect(read(reverse(plan(shape("bbb"), shape("aaa")), steps.length - 1))).toEqual([
      "start d1-api-1 d1-api-2",
      "start d1-mail-1 d1-web-1 d1-web-2",
      "route d1-mail-1 d1-web-1 d1-web-2",
      "drain d2-mail-1 d2-web-1 d2-web-2",
      "stop d2-mail-1 d2-web-1 d2-web-2",
      "drain d2-api-1 d2-api-2",
      "stop d2-api-1 d2-api-2",
    ]);
  });
});

test("a gate's check runs against every service that takes requests from outside", () => {
  const shape = { release: "bbb", services: { api: 2, web: 2 }, checks: ["smoke"] };
  const { steps } = plan(shape, { release: "aaa", services: { api: 1, web: 1 } });
  expect(steps.flatMap((step) => (step.kind === "check" ? [step.against.id] : []))).toEqual(["d2-api-1", "d2-web-1"]);
});
