import { type Gateway, type InstanceTraffic, latencyBoundsMs } from "../../gateway/gateway.ts";
import type { Clock } from "../../process/clock.ts";
import type { ArmCounts, Tick } from "../../rollout/analysis/counts.ts";
import type { Controller } from "../../rollout/controller.ts";
import { fleetAt } from "../../rollout/fleet-at.ts";
import { isHeld, type Moving, type RolloutState, shareOf } from "../../rollout/rollout-state.ts";

/** Looking costs nothing: the analysis holds however often one looks. What waits for a person waits long. */
const everyMs = 2000;
const everyMsWhileHeld = 30_000;

/** Until a new share has become the usual thing: only what ends fast has ended before, on one side. */
const looksToSettle = 2;

/** A request that no answer has begun for by then has failed, as far as can be told: whoever hangs is not waited for. */
const hangsMs = 10_000;

/** With fewer answers than that nobody knows how long they take. */
const fewestAnswers = 100;

export interface ComparingWorld {
  readonly environment: string;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly controller: Pick<Controller, "beginComparison" | "count">;
  /** Where the rollout stands now. */
  readonly state: () => RolloutState | undefined;
}

/** What is known of a step: how often it was looked at, and what was counted of each instance by then. */
interface Looked {
  readonly step: number;
  readonly looks: number;
  readonly taken: ReadonlyMap<string, Taken>;
}

/** Of an instance, since its gateway began to count. */
interface Taken extends ArmCounts {
  readonly since: number;
}

/** What instances had begun by each look, oldest first: the first one is as old as a request that hangs. */
class Begun {
  #looks: { readonly at: number; readonly begun: ReadonlyMap<string, InstanceTraffic> }[] = [];

  look(at: number, seen: readonly InstanceTraffic[]): void {
    this.#looks.push({ at, begun: new Map(seen.map((one) => [one.instance, one])) });
    const old = this.#looks.findLastIndex((one) => one.at <= at - hangsMs);
    if (old > 0) this.#looks.splice(0, old);
  }

  /** How many requests the instance had been given that long ago, as far as they were counted by the same gateway. */
  longAgo({ instance, since }: InstanceTraffic, now: number): number {
    const [oldest] = this.#looks;
    const then = oldest !== undefined && oldest.at <= now - hangsMs ? oldest.begun.get(instance) : undefined;
    return then?.since === since ? then.requests : 0;
  }
}

/**
 * Counts what both releases do, as long as a rollout observes them side by side. What cannot be compared is left out: the
 * requests at the beginning of a step, and those around a restart of the gateway. Never throws; ends with `signal`.
 */
export async function compareReleases(world: ComparingWorld, signal: AbortSignal): Promise<void> {
  const { gateway, clock, controller } = world;
  let last: Looked | undefined;
  const begun = new Begun();
  while (!signal.aborted) {
    const standing = comparing(world.state());
    const observed = standing === undefined ? undefined : await gateway.observe();
    // While it was asked the rollout may have moved on.
    if (standing !== undefined && observed?.ok && comparing(world.state())?.step === standing.step) {
      const now = clock.monotonic();
      const counting = sharing(standing, world.environment, observed.value.instances);
      begun.look(now, counting);
      const seen = counting.map((one) => ({ ...one, overdue: begun.longAgo(one, now) }));
      if (standing.comparison === undefined)
        controller.beginComparison(thresholdsOf(seen.filter((one) => one.deployment !== standing.plan.deployment)));
      const { thresholdsMs } = standing.comparison ?? { thresholdsMs: [] };
      const before = last?.step === standing.step ? last : undefined;
      const isSettled = before !== undefined && before.looks >= looksToSettle && standing.comparison !== undefined;
      const counted = isSettled ? countsSince(before.taken, seen, thresholdsMs) : undefined;
      if (counted !== undefined) {
        const tick = tickOf(counted, standing.plan.deployment, thresholdsMs);
        if (tick !== undefined) controller.count(tick, shareOf(standing));
      }
      last = {
        step: standing.step,
        looks: (before?.looks ?? 0) + 1,
        taken: takenOf(before?.taken, seen, counted, thresholdsMs),
      };
    } else if (standing === undefined) last = undefined;
    await clock.wait(standing !== undefined && isHeld(standing) ? everyMsWhileHeld : everyMs, signal);
  }
}

/** The state, while two releases share the requests and are to be judged by them. */
function comparing(state: RolloutState | undefined): Moving | undefined {
  if (state === undefined || state.phase !== "forward" || state.plan.comparing === undefined || !state.isBegun)
    return undefined;
  if (state.isPaused || state.steps[state.step]?.kind !== "observe") return undefined;
  const share = shareOf(state);
  return share > 0 && share < 1 ? state : undefined;
}

/** `overdue`: how many requests it was given so long ago that they should have an answer. */
interface Seen extends InstanceTraffic {
  readonly overdue: number;
}

/** Instances of the deployments that share the environment's public requests. */
function sharing(state: Moving, environment: string, all: readonly InstanceTraffic[]): InstanceTraffic[] {
  const deployments = new Set(fleetAt(state).traffic.map(({ deployment }) => deployment));
  return all.filter((one) => one.environment === environment && !one.internal && deployments.has(one.deployment));
}

interface Counted {
  readonly instance: Seen;
  readonly counts: ArmCounts;
}

/** What each did since; `undefined` when that cannot be told: the gateway was another one. */
function countsSince(
  taken: ReadonlyMap<string, Taken>,
  seen: readonly Seen[],
  thresholdsMs: readonly number[],
): Counted[] | undefined {
  if (seen.some((one) => (taken.get(one.instance)?.since ?? one.since) !== one.since)) return undefined;
  return seen.map((instance) => {
    const before = taken.get(instance.instance) ?? nothing(thresholdsMs);
    const now = totals(instance, thresholdsMs);
    const requests = Math.max(0, now.requests - before.requests);
    // An error is known at the head of an answer, its request counts at the end: the rest comes with the next look.
    const atMost = (events: number) => Math.min(Math.max(0, events), requests);
    const slower = now.slower.map((slow, at) => atMost(slow - (before.slower[at] ?? 0)));
    return { instance, counts: { requests, errors: atMost(now.errors - before.errors), slower } };
  });
}

function takenOf(
  before: ReadonlyMap<string, Taken> | undefined,
  seen: readonly Seen[],
  counted: readonly Counted[] | undefined,
  thresholdsMs: readonly number[],
): Map<string, Taken> {
  if (counted === undefined)
    return new Map(seen.map((one) => [one.instance, { ...totals(one, thresholdsMs), since: one.since }]));
  return new Map(
    counted.map(({ instance: { instance, since }, counts }) => {
      return [instance, { ...added(before?.get(instance) ?? nothing(thresholdsMs), counts), since }];
    }),
  );
}

function tickOf(counted: readonly Counted[], deployment: number, thresholdsMs: readonly number[]): Tick | undefined {
  const arm = (isCandidate: boolean) =>
    counted
      .filter(({ instance }) => (instance.deployment === deployment) === isCandidate)
      .reduce((sum, { counts }) => added(sum, counts), nothing(thresholdsMs));
  const tick = { candidate: arm(true), baseline: arm(false) };
  return tick.candidate.requests + tick.baseline.requests === 0 ? undefined : tick;
}

function nothing(thresholdsMs: readonly number[]): ArmCounts {
  return { requests: 0, errors: 0, slower: thresholdsMs.map(() => 0) };
}

function added(one: ArmCounts, other: ArmCounts): ArmCounts {
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    slower: other.slower.map((slow, at) => slow + (one.slower[at] ?? 0)),
  };
}

/**
 * Requests count once they have ended: only then is it known how. Where fewer have ended than were begun so long ago, the rest
 * hangs, and counts: as failed, while no answer has begun. (Whoever hangs while others keep ending shows less of it: that is a
 * lower bound.) One that its client gave up before an answer began is an
 * error, too: of two releases with the same clients, the one that is given up more often is worse.
 */
function totals(seen: Seen, thresholdsMs: readonly number[]): ArmCounts {
  const requests = Math.max(seen.requests - seen.underWay, Math.min(seen.overdue, seen.requests));
  const answered = seen.latency.reduce((sum, one) => sum + one, 0);
  const givenUp = Math.max(0, requests - answered - seen.connectErrors);
  const errors = seen.serverErrors + seen.connectErrors + seen.brokeOff + givenUp;
  return { requests, errors, slower: thresholdsMs.map((bound) => slowerThan(seen.latency, bound)) };
}

/** `bound`: one of `latencyBoundsMs`. */
function slowerThan(latency: readonly number[], bound: number): number {
  return latency.slice((latencyBoundsMs as readonly number[]).indexOf(bound) + 1).reduce((sum, one) => sum + one, 0);
}

/** Where what serves has its median and its slowest 10, 5 and 1 %, before the new release is looked at. */
function thresholdsOf(serving: readonly InstanceTraffic[]): number[] {
  const counts = latencyBoundsMs.map((_, at) => serving.reduce((sum, { latency }) => sum + (latency[at] ?? 0), 0));
  const all = counts.reduce((sum, one) => sum + one, 0);
  if (all < fewestAnswers) return [];
  const upTo = (at: number) => counts.slice(0, at + 1).reduce((sum, one) => sum + one, 0);
  const bounds = [0.5, 0.9, 0.95, 0.99].map((part) => {
    return latencyBoundsMs[counts.findIndex((_, at) => upTo(at) >= part * all)];
  });
  return [...new Set(bounds.filter((bound) => bound !== undefined))];
}
