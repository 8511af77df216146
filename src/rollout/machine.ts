import type { Failure } from "../errors/failure.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { DeploymentOutcome, Direction } from "../events/event.ts";
import type { Fleet } from "../strategies/fleet.ts";
import { type Action, isAction, type Step } from "../strategies/step.ts";
import { fleetAt } from "./fleet-at.ts";
import type { RolloutPlan } from "./plan.ts";
import { reverse } from "./reverse.ts";

/**
 * The rollout machine: what one deployment does, step by step, and how it goes back.
 *
 * ```
 *            step done … last                      every step done
 *  forward ───────────────────▶ ended: deployed      revert ─────────▶ ended: reverted
 *   │ ▲ │  stepFailed · memberLost · abortRequested    ▲  └──────────▶ ended: stuck
 *   │ │ │  verdict regression · approval refused       │    stepFailed
 *   │ │ └──────────────────────────────────────────────┤
 *   │ │ resume                                         │ memberLost · abortRequested · …
 *   ▼ │                                                │
 *  forward, paused ────────────────────────────────────┘
 * ```
 *
 * A step is done by
 *
 * ```
 *  migrate start check route drain stop   stepDone: it was performed
 *  observe                                tick, once `until.spentMs` was spent in it · verdict good · resume promote
 *  hold                                   resume
 *  gate                                   approval granted, of that gate
 * ```
 *
 * Paused: what is being performed is performed to its end, and then nothing begins; time does not count. A `resume` of a
 * paused rollout goes on with what it stands at. The way back cannot be paused.
 *
 * Time spent in a step is counted from event to event, so that it survives a shell's death; what passes between the last
 * event and `resumed` does not count: nobody was watching. While time decides, a tick is asked for at least once a minute.
 *
 * Pure: the shell performs the effects and reports what came of them. The shell writes each event to the journal
 * before it performs an effect that follows from it; the state is the fold of the journal over `next`, so that a new
 * shell goes on where a killed one was by adding `resumed`. Steps are idempotent, so performing one again is right.
 */
export type RolloutState = Moving | Ended;

export interface Moving {
  readonly phase: Direction;
  readonly plan: RolloutPlan;
  /** The steps of this direction. */
  readonly steps: readonly Step[];
  /** Index of the step that it stands at; one more than the last while it is paused behind the last. */
  readonly step: number;
  readonly begunAt: number;
  /** Milliseconds spent in the step until `seenAt`, pauses and times without a shell left out. */
  readonly spentMs: number;
  /** When the last event came that changed anything. */
  readonly seenAt: number;
  readonly isPaused: boolean;
  /** false only while it is paused: the step that it stands at is not to begin yet. */
  readonly isBegun: boolean;
  /** The last forward step that was begun before it turned back; the current one while it goes forward. */
  readonly reached: number;
  /** Why it goes back; empty while it goes forward. */
  readonly failures: readonly Failure[];
}

export interface Ended {
  readonly phase: "ended";
  readonly plan: RolloutPlan;
  readonly outcome: DeploymentOutcome;
  readonly failures: readonly Failure[];
  /** What should run from now on. */
  readonly fleet: Fleet;
  readonly begunAt: number;
  readonly at: number;
}

/** What analysis says of a release. */
export type Verdict = "regression" | "good" | "notEnoughEvidence";

export type RolloutEvent =
  /** `left`: requests that a drain did not wait for any longer. */
  | { readonly type: "stepDone"; readonly direction: Direction; readonly step: number; readonly left?: number }
  | {
      readonly type: "stepFailed";
      readonly direction: Direction;
      readonly step: number;
      readonly failures: readonly Failure[];
    }
  /** An instance that had become healthy ended or was lost. */
  | { readonly type: "memberLost"; readonly member: string; readonly failures: readonly Failure[] }
  | { readonly type: "abortRequested"; readonly failures: readonly Failure[] }
  /** Time has passed. */
  | { readonly type: "tick" }
  /** `failures`: why it is a regression. */
  | { readonly type: "verdict"; readonly verdict: Verdict; readonly failures: readonly Failure[] }
  | { readonly type: "pause" }
  /** `promote`: an observation ends at once, whatever is left of its time. */
  | { readonly type: "resume"; readonly promote: boolean }
  /** `failures`: why it is refused. */
  | {
      readonly type: "approval";
      readonly gate: string;
      readonly granted: boolean;
      readonly failures: readonly Failure[];
    }
  /** Another shell took over. */
  | { readonly type: "resumed" };

export type Effect =
  | { readonly type: "perform"; readonly direction: Direction; readonly step: number; readonly action: Action }
  /** Say `tick` at this time (milliseconds since 1970); replaces one that was asked for before. */
  | { readonly type: "wakeAt"; readonly at: number }
  /** Stop performing the current step, and forget about waking; the result is of no interest any more. */
  | { readonly type: "cancel" }
  | { readonly type: "end"; readonly outcome: DeploymentOutcome };

export interface Transition {
  readonly state: RolloutState;
  readonly effects: readonly Effect[];
}

/** No longer than this without an event while time decides: as much is lost when the shell dies. */
const longestSleepMs = 60_000;

/** The first transition of a plan. */
export function begin(plan: RolloutPlan, now: number): Transition {
  return enter(
    {
      phase: "forward",
      plan,
      steps: plan.steps,
      step: 0,
      reached: 0,
      begunAt: now,
      spentMs: 0,
      seenAt: now,
      isPaused: false,
      isBegun: false,
      failures: [],
    },
    now,
  );
}

/** The one door through which a rollout changes. Events that are late or do not concern it change nothing. */
export function next(state: RolloutState, event: RolloutEvent, now: number): Transition {
  if (state.phase === "ended") return { state, effects: [] };
  switch (event.type) {
    case "stepDone":
      return isCurrent(state, event) ? enter(advance(state, now), now) : stay(state);
    case "stepFailed":
      return isCurrent(state, event) ? fail(state, event.failures, now) : stay(state);
    case "memberLost":
      return isNewAndRunning(state, event.member) ? turnBack(state, event.failures, now) : stay(state);
    case "abortRequested":
      return state.phase === "forward" ? turnBack(state, event.failures, now) : stay(state);
    case "tick":
      return isObserving(state) && !state.isPaused ? observe(seen(state, now), now) : stay(state);
    case "verdict":
      return judge(state, event, now);
    case "pause":
      return pause(state, now);
    case "resume":
      return resume(state, event.promote, now);
    case "approval":
      return answer(state, event, now);
    case "resumed":
      return enter({ ...state, seenAt: now, isBegun: false }, now);
    default:
      return unreachable(event);
  }
}

/** Time spent in the current step until now. */
export function spentAt(state: Moving, now: number): number {
  return state.isPaused ? state.spentMs : state.spentMs + Math.max(0, now - state.seenAt);
}

function stay(state: RolloutState): Transition {
  return { state, effects: [] };
}

function seen(state: Moving, now: number): Moving {
  return { ...state, spentMs: spentAt(state, now), seenAt: now };
}

function isCurrent(state: Moving, event: { readonly direction: Direction; readonly step: number }): boolean {
  return state.isBegun && event.direction === state.phase && event.step === state.step;
}

function isObserving(state: Moving): boolean {
  return state.steps[state.step]?.kind === "observe";
}

/** A new instance that was up. Also one that the current step started, while others of the step still come up. */
function isNewAndRunning(state: Moving, id: string): boolean {
  if (state.phase === "revert") return false;
  return state.steps
    .slice(0, state.step + 1)
    .some((step) => step.kind === "start" && step.members.some((member) => member.id === id));
}

/** Begins what the state stands at, or ends after the last step; while it is paused, nothing. */
function enter(state: Moving, now: number): Transition {
  if (state.isPaused) return stay(state);
  const step = state.steps[state.step];
  if (step === undefined) return end(state, state.phase === "forward" ? "deployed" : "reverted", now);
  const begun = { ...state, isBegun: true };
  if (step.kind === "observe") return observe(begun, now);
  if (!isAction(step)) return stay(begun);
  return { state: begun, effects: [{ type: "perform", direction: state.phase, step: state.step, action: step }] };
}

/** Ends an observation that has lasted long enough; otherwise asks to be woken when it has, or in a minute. */
function observe(state: Moving, now: number): Transition {
  const step = state.steps[state.step];
  if (step?.kind !== "observe") return stay(state);
  const leftMs = step.until.spentMs - state.spentMs;
  if (leftMs <= 0) return enter(advance(state, now), now);
  return { state, effects: [{ type: "wakeAt", at: now + Math.min(leftMs, longestSleepMs) }] };
}

function advance(state: Moving, now: number): Moving {
  const step = state.step + 1;
  const reached = state.phase === "forward" ? step : state.reached;
  return { ...state, step, reached, spentMs: 0, seenAt: now, isBegun: false };
}

/** A regression takes the release out wherever the rollout stands; the rest matters to an observation only. */
function judge(state: Moving, event: RolloutEvent & { type: "verdict" }, now: number): Transition {
  if (state.phase === "revert") return stay(state);
  if (event.verdict === "regression") return turnBack(state, event.failures, now);
  if (event.verdict === "good" && isObserving(state) && !state.isPaused) return done(state, now);
  return stay(state);
}

function pause(state: Moving, now: number): Transition {
  if (state.phase === "revert" || state.isPaused) return stay(state);
  return { state: { ...seen(state, now), isPaused: true }, effects: isObserving(state) ? [{ type: "cancel" }] : [] };
}

function resume(state: Moving, promote: boolean, now: number): Transition {
  if (state.phase === "revert") return stay(state);
  const step = state.steps[state.step];
  const isOver = promote && (step?.kind === "observe" || step?.kind === "hold");
  if (!state.isPaused) return isOver || step?.kind === "hold" ? done(state, now) : stay(state);
  const going = { ...state, isPaused: false, seenAt: now };
  if (isOver) return done(going, now);
  const isUnderWay = going.isBegun && step !== undefined && isAction(step);
  return isUnderWay ? stay(going) : enter(going, now);
}

function answer(state: Moving, event: RolloutEvent & { type: "approval" }, now: number): Transition {
  const step = state.steps[state.step];
  if (step?.kind !== "gate" || step.name !== event.gate) return stay(state);
  return event.granted ? done(state, now) : turnBack(state, event.failures, now);
}

/** A step that waits is over. Whoever was to wake it need not any more. */
function done(state: Moving, now: number): Transition {
  const entered = enter(advance(state, now), now);
  return isObserving(state) ? { ...entered, effects: [{ type: "cancel" }, ...entered.effects] } : entered;
}

function fail(state: Moving, failures: readonly Failure[], now: number): Transition {
  if (state.phase === "forward") return turnBack(state, failures, now);
  return end({ ...state, failures: [...state.failures, ...failures] }, "stuck", now);
}

function turnBack(state: Moving, failures: readonly Failure[], now: number): Transition {
  const reached = state.isBegun ? state.step : state.step - 1;
  const steps = reverse(state.plan, reached);
  const back = { phase: "revert", steps, step: 0, reached, spentMs: 0, seenAt: now, failures } as const;
  const turned = enter({ ...state, ...back, isPaused: false, isBegun: false }, now);
  return { state: turned.state, effects: [{ type: "cancel" }, ...turned.effects] };
}

function end(state: Moving, outcome: DeploymentOutcome, at: number): Transition {
  const { plan, failures, begunAt } = state;
  return {
    state: { phase: "ended", plan, outcome, failures, fleet: fleetAfter(state, outcome), begunAt, at },
    effects: [{ type: "end", outcome }],
  };
}

function fleetAfter(state: Moving, outcome: DeploymentOutcome): Fleet {
  switch (outcome) {
    case "deployed":
      return state.plan.after;
    case "reverted":
      return state.plan.before;
    case "stuck":
      return fleetAt(state);
    default:
      return unreachable(outcome);
  }
}
