import { expect, test } from "vitest";
import type { Failure } from "../../src/errors/failure.ts";
import { type JournalEvent, type RecordedEvent, readJournal, replay, toEntry } from "../../src/rollout/journal.ts";
import { begin, type Effect, next, type RolloutEvent, type RolloutState } from "../../src/rollout/machine.ts";
import { planRollout, type RolloutPlan } from "../../src/rollout/plan.ts";
import type { Member } from "../../src/strategies/fleet.ts";
import { emptyFleet } from "../../src/strategies/fleet.ts";
import type { Step } from "../../src/strategies/step.ts";
import { fleetOf, type Shape, specOf } from "./fixtures.ts";

/*
 * A world without clocks and processes: what runs, who gets traffic, and a journal. A seed chooses the releases, the
 * faults, and where the shell is killed: before an effect, in the middle of it, or after it but before its result is
 * written. After every change the promises are looked at.
 */

const seeds = 20_000;
const failure: Failure = { code: "instance-unhealthy", message: "it is broken" };

test(`${seeds} rollouts with faults and kills end with the old or the new release, never both, never neither`, () => {
  const outcomes = { deployed: 0, reverted: 0, stuck: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) outcomes[simulate(seed)] += 1;
  // The seeds must have met the interesting ends; otherwise this test proves nothing.
  expect(outcomes.deployed).toBeGreaterThan(seeds / 10);
  expect(outcomes.reverted).toBeGreaterThan(seeds / 10);
});

/** As a store gives it back to the next shell. */
function throughStore(journal: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const read = readJournal(2, JSON.parse(JSON.stringify(journal.map(toEntry))));
  if (!read.ok) throw new Error(JSON.stringify(read.failures));
  return read.value;
}

class World {
  readonly running = new Set<string>();
  routed: readonly Member[] = [];
  readonly journal: { at: number; event: JournalEvent }[] = [];
  readonly plan: RolloutPlan;
  readonly keepsServing: boolean;

  constructor(plan: RolloutPlan, keepsServing: boolean) {
    this.plan = plan;
    this.keepsServing = keepsServing && plan.before.members.length > 0;
    for (const member of plan.before.members) this.running.add(member.id);
    this.routed = plan.before.routed;
  }

  /** Does a step up to its `until`-th part; all of it without. */
  perform(step: Step, until = Number.POSITIVE_INFINITY): void {
    if (step.kind === "start") for (const member of step.members.slice(0, until)) this.running.add(member.id);
    if (step.kind === "route" && until > 0) this.routed = step.members;
    if (step.kind === "stop") for (const member of step.members.slice(0, until)) this.running.delete(member.id);
    this.look();
  }

  look(): void {
    for (const member of this.routed) {
      if (!this.running.has(member.id)) throw new Error(`traffic goes to ${member.id}, which does not run`);
    }
    if (this.keepsServing && this.routed.length === 0) throw new Error("nobody serves");
  }
}

function simulate(seed: number): "deployed" | "reverted" | "stuck" {
  const random = mulberry(seed);
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const strategy = pick(
    { strategy: "rolling", batch: pick(1, 2) } as const,
    { strategy: "recreate" } as const,
    { strategy: "switch" } as const,
  );
  const shape = (release: string): Shape => ({
    release,
    strategy,
    services: pick({ web: pick(1, 2, 3) }, { web: pick(1, 2), api: pick(1, 2) }),
    migrate: random() < 0.5,
    checks: pick([], ["smoke"]),
  });
  const before = random() < 0.2 ? emptyFleet : fleetOf(shape("aaa"), 1);
  const world = new World(planRollout(specOf(shape("bbb")), 2, before), strategy.strategy !== "recreate");
  const faults = pick(0, 0, 0.05, 0.2);
  const kills = pick(0, 0.05, 0.3);

  let now = 0;
  const append = (event: JournalEvent) => world.journal.push({ at: now, event });
  append({ type: "begun", plan: structuredClone(world.plan) });
  let { state, effects } = begin(world.plan, now);

  for (let turn = 0; state.phase !== "ended"; turn += 1) {
    if (turn > 500) throw new Error(`seed ${seed} does not end`);
    now += 1;
    if (random() < kills) {
      const cut = pick(0, 1, Number.POSITIVE_INFINITY);
      for (const effect of effects) if (effect.type === "perform") world.perform(effect.action, cut);
      ({ state, effects } = resume(world, now));
      continue;
    }
    const event = happen(world, state, effects, random, faults);
    append(event);
    const transition = next(state, event, now);
    state = transition.state;
    // An event that changes nothing leaves what is being done under way.
    if (transition.effects.length > 0) effects = transition.effects;
  }
  judge(seed, world, state);
  return state.outcome;
}

/** A new shell knows nothing but the journal. */
function resume(world: World, now: number): { state: RolloutState; effects: readonly Effect[] } {
  const state = replay(throughStore(world.journal));
  if (state === undefined || state.phase === "ended") throw new Error("the journal has lost the deployment");
  world.journal.push({ at: now, event: { type: "resumed" } });
  return next(state, { type: "resumed" }, now);
}

function happen(
  world: World,
  state: RolloutState,
  effects: readonly Effect[],
  random: () => number,
  faults: number,
): RolloutEvent {
  if (state.phase === "ended") throw new Error("nothing happens after the end");
  const about = { direction: state.phase, step: state.step };
  const perform = effects.find((effect) => effect.type === "perform");
  if (perform === undefined) throw new Error("the rollout waits for nothing");
  const isForward = state.phase === "forward";
  if (isForward && random() < faults / 2) return { type: "abortRequested", failures: [failure] };
  const started = world.plan.after.members.filter((member) => world.running.has(member.id));
  if (isForward && started.length > 0 && random() < faults / 2) {
    const lost = started[Math.floor(random() * started.length)] as Member;
    // The keeper takes a lost instance out of the traffic and starts it again; the rollout hears of it.
    return { type: "memberLost", member: lost.id, failures: [failure] };
  }
  const mayFail = perform.action.kind !== "stop" && perform.action.kind !== "drain";
  if (mayFail && random() < (isForward ? faults : faults / 10)) {
    if (perform.action.kind === "start") world.perform(perform.action, Math.floor(random() * 3));
    return { type: "stepFailed", ...about, failures: [failure] };
  }
  world.perform(perform.action);
  return { type: "stepDone", ...about };
}

function judge(seed: number, world: World, state: RolloutState): void {
  if (state.phase !== "ended") return;
  world.look();
  if (state.outcome === "stuck") return;
  const expected = state.outcome === "deployed" ? world.plan.after : world.plan.before;
  const ids = (members: readonly Member[]) => members.map((member) => member.id).sort();
  const about = `seed ${seed}, ${state.outcome}`;
  expect([...world.running].sort(), about).toEqual(ids(expected.members));
  expect(ids(world.routed), about).toEqual(ids(expected.routed));
  expect(ids(state.fleet.members), about).toEqual(ids(expected.members));
}

/** Mulberry32: small, seeded, good enough to choose faults. */
function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
