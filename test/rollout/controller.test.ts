import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/errors/failure.ts";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { Controller, servingAfter } from "../../src/rollout/controller.ts";
import { type JournalEvent, replay } from "../../src/rollout/journal.ts";
import type { StepDone } from "../../src/rollout/performer.ts";
import { planRollout } from "../../src/rollout/plan.ts";
import type { DeploymentEnd } from "../../src/store/store.ts";
import { trafficBetween } from "../../src/strategies/fleet.ts";
import type { Step } from "../../src/strategies/step.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { fleetOf, membersFor, specOf } from "./fixtures.ts";

const failure: Failure = { code: "instance-unhealthy", message: "it is broken" };
const one = { release: "aaa", services: { web: 1 } };
const plan = planRollout(specOf({ release: "bbb", services: { web: 1 } }), 2, fleetOf(one, 1));

/** A world in which each step waits for the test to say what comes of it. */
class Script {
  readonly performed: string[] = [];
  readonly journal: { at: number; event: JournalEvent }[] = [];
  readonly events: Event[] = [];
  readonly ends: DeploymentEnd[] = [];
  readonly clock = new VirtualClock();
  /** What writing the journal answers. */
  written: Result<void> = ok();
  readonly #steps: {
    readonly signal: AbortSignal;
    readonly settle: (result: Result<StepDone>) => void;
    readonly throwing: (error: Error) => void;
  }[] = [];
  #arrived = Promise.withResolvers<void>();

  controller(): Controller {
    return new Controller({
      environment: "staging",
      deployment: 2,
      servedBefore: 1,
      clock: this.clock,
      emit: (event) => this.events.push(event),
      log: {
        append: async (entry) => {
          if (this.written.ok) this.journal.push(entry);
          return this.written;
        },
        finish: async (end) => {
          if (this.written.ok) this.ends.push(end);
          return this.written;
        },
      },
      perform: (step, signal) => this.#perform(step, signal),
    });
  }

  /** The step that is being performed, once there is one. */
  async step() {
    await this.#arrived.promise;
    return this.#steps.at(-1)!;
  }

  /** Lets the current step end, and the next one come. */
  async settle(result: Result<StepDone> = ok({})): Promise<void> {
    const step = await this.step();
    this.#arrived = Promise.withResolvers<void>();
    step.settle(result);
  }

  #perform(step: Step, signal: AbortSignal): Promise<Result<StepDone>> {
    this.performed.push(step.kind);
    const { promise, resolve, reject } = Promise.withResolvers<Result<StepDone>>();
    signal.addEventListener("abort", () => resolve(failed({ code: "interrupted", message: "given up" })));
    this.#steps.push({ signal, settle: resolve, throwing: reject });
    this.#arrived.resolve();
    return promise;
  }
}

const typesOf = (script: Script) => script.journal.map(({ event }) => event.type);

describe("the controller", () => {
  test("performs the steps in order and ends with the new deployment serving", async () => {
    const script = new Script();
    const running = script.controller().run(plan);
    for (const _ of plan.steps) await script.settle();
    expect(await running).toMatchObject({ ok: true, value: { outcome: "deployed" } });
    expect(script.performed).toEqual(["start", "route", "drain", "stop"]);
    expect(script.ends).toMatchObject([{ outcome: "deployed", serving: 2 }]);
    expect(typesOf(script)).toEqual(["begun", "stepDone", "stepDone", "stepDone", "stepDone"]);
  });

  test("turns back on a failed step and ends with what served before", async () => {
    const script = new Script();
    const running = script.controller().run(plan);
    await script.settle();
    await script.settle(failed(failure));
    for (const _ of ["route", "drain", "stop"]) await script.settle();
    expect(await running).toMatchObject({ value: { outcome: "reverted", failures: [failure] } });
    expect(script.performed).toEqual(["start", "route", "route", "drain", "stop"]);
    expect(script.ends).toMatchObject([{ outcome: "reverted", serving: 1 }]);
  });

  test("gives the step up when it is aborted, and waits for it before it goes back", async () => {
    const script = new Script();
    const controller = script.controller();
    const running = controller.run(plan);
    const { signal } = await script.step();
    controller.abort([failure]);
    await expect.poll(() => script.performed).toEqual(["start", "stop"]);
    expect(signal.aborted).toBe(true);
    await script.settle();
    expect(await running).toMatchObject({ value: { outcome: "reverted" } });
    // What the step that was given up answered is no event.
    expect(typesOf(script)).toEqual(["begun", "abortRequested", "stepDone"]);
  });

  test("turns back when an instance is lost that had been up, also while its step goes on", async () => {
    const script = new Script();
    const controller = script.controller();
    const running = controller.run(plan);
    await script.step();
    controller.memberLost("d1-web-1", [failure]);
    controller.memberLost("d2-web-1", [failure]);
    await expect.poll(() => script.performed).toEqual(["start", "stop"]);
    await script.settle();
    expect(await running).toMatchObject({ value: { outcome: "reverted", failures: [failure] } });
  });

  test("goes back when a step throws", async () => {
    const script = new Script();
    const running = script.controller().run(plan);
    (await script.step()).throwing(new Error("a bug"));
    await expect.poll(() => script.performed).toEqual(["start", "stop"]);
    await script.settle();
    expect(await running).toMatchObject({ value: { outcome: "reverted", failures: [{ code: "internal" }] } });
  });

  test("stops and does nothing further once somebody else has the deployment", async () => {
    const script = new Script();
    const running = script.controller().run(plan);
    script.written = failed({ code: "stale-writer", message: "taken over" });
    await script.settle();
    expect(await running).toMatchObject({ ok: false, failures: [{ code: "stale-writer" }] });
    expect(script.performed).toEqual(["start"]);
    expect(script.ends).toEqual([]);
  });

  test("goes on from the journal of a controller that was killed", async () => {
    const first = new Script();
    void first.controller().run(plan);
    await first.settle();
    await first.step();

    const second = new Script();
    const state = replay(structuredClone(first.journal));
    if (state === undefined) throw new Error("nothing was written");
    const running = second.controller().resume(state);
    for (const _ of ["route", "drain", "stop"]) await second.settle();
    expect(await running).toMatchObject({ value: { outcome: "deployed" } });
    expect(second.performed).toEqual(["route", "drain", "stop"]);
    expect(second.events[0]).toMatchObject({ type: "deploymentResumed", step: 1 });
  });

  test("tells of requests that a drain has not waited for", async () => {
    const script = new Script();
    const running = script.controller().run(plan);
    await script.settle();
    await script.settle();
    await script.settle(ok({ left: 3 }));
    await script.settle();
    await running;
    const finished = script.events.filter((event) => event.type === "stepFinished");
    expect(finished.map(({ left }) => left)).toEqual([undefined, undefined, 3, undefined]);
  });
});

describe("the controller at steps that wait", () => {
  const waiting = (...steps: Step[]) => ({ ...plan, steps: plan.steps.toSpliced(2, 0, ...steps) });
  const observe: Step = { kind: "observe", until: { spentMs: 90_000 } };

  /** A rollout that stands at the first of these steps. */
  async function standing(...steps: Step[]) {
    const script = new Script();
    const controller = script.controller();
    const running = controller.run(waiting(...steps));
    await script.settle();
    await script.settle();
    return { script, controller, running };
  }

  const rest = async (script: Script) => {
    await script.settle();
    await script.settle();
  };

  test("is woken by the clock until an observation has lasted long enough", async () => {
    const { script, running } = await standing(observe);
    await expect.poll(() => script.clock.nextAt).toBe(60_000);
    script.clock.goTo(60_000);
    await expect.poll(() => script.clock.nextAt).toBe(90_000);
    expect(script.performed).toEqual(["start", "route"]);
    script.clock.goTo(90_000);
    await rest(script);
    expect(await running).toMatchObject({ value: { outcome: "deployed" } });
    expect(typesOf(script).slice(3, 5)).toEqual(["tick", "tick"]);
  });

  test("is not woken any more once it is paused, promoted or taken back", async () => {
    const { script, controller, running } = await standing(observe);
    await expect.poll(() => script.clock.nextAt).toBe(60_000);
    controller.pause();
    await expect.poll(() => script.clock.nextAt).toBeUndefined();
    controller.continue(true);
    await rest(script);
    expect(await running).toMatchObject({ value: { outcome: "deployed" } });
    expect(script.clock.nextAt).toBeUndefined();
  });

  test("takes a regression back, with why", async () => {
    const { script, controller, running } = await standing(observe);
    controller.judge("regression", [failure]);
    await script.settle();
    await rest(script);
    expect(await running).toMatchObject({ value: { outcome: "reverted", failures: [failure] } });
  });

  test("goes past a hold and a gate when it is told to", async () => {
    const { script, controller, running } = await standing({ kind: "hold" }, { kind: "gate", name: "lead" });
    controller.answer("lead", true);
    controller.continue(false);
    controller.answer("lead", true);
    await rest(script);
    expect(await running).toMatchObject({ value: { outcome: "deployed" } });
    expect(script.performed).toEqual(["start", "route", "drain", "stop"]);
  });

  test("goes on waiting where a controller was killed", async () => {
    const { script } = await standing(observe);
    await expect.poll(() => script.clock.nextAt).toBe(60_000);
    const second = new Script();
    second.clock.goTo(500_000);
    const running = second.controller().resume(replay(structuredClone(script.journal))!);
    await expect.poll(() => second.clock.nextAt).toBe(560_000);
    second.clock.goTo(560_000);
    await expect.poll(() => second.clock.nextAt).toBe(590_000);
    second.clock.goTo(590_000);
    await rest(second);
    expect(await running).toMatchObject({ value: { outcome: "deployed" } });
  });
});

test("after a stuck rollout whoever has the traffic is in charge", () => {
  const ended = { phase: "ended", plan, failures: [failure], begunAt: 0, at: 1 } as const;
  const [old] = membersFor(one, 1);
  const fresh = membersFor({ release: "bbb", services: { web: 1 } }, 2);
  const stuck = (routed: typeof fresh, members = fresh) =>
    ({ ...ended, outcome: "stuck", fleet: { members, routed, traffic: trafficBetween(routed) } }) as const;
  expect(servingAfter(stuck(fresh), 2, 1)).toBe(2);
  expect(servingAfter(stuck([old!]), 2, 1)).toBe(1);
  expect(servingAfter(stuck([]), 2, undefined)).toBe(2);
  expect(servingAfter(stuck([], []), 2, undefined)).toBeUndefined();
});
