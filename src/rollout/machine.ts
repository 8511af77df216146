import type { Fleet } from "../environment/spec.ts";
import type { Failure } from "../errors/failure.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { DeploymentOutcome, Direction } from "../events/event.ts";
import { fleetAt } from "./fleet-at.ts";
import type { RolloutPlan } from "./plan.ts";
import { reverse } from "./reverse.ts";
import type { Step } from "./step.ts";

/**
 * The rollout machine: what one deployment does, step by step, and how it goes back.
 *
 * ```
 *            stepDone … last                       every step done
 *  forward ───────────────────▶ ended: deployed      revert ─────────▶ ended: reverted
 *     │  stepFailed · memberLost · abortRequested      ▲  └──────────▶ ended: stuck
 *     └────────────────────────────────────────────────┘   stepFailed
 * ```
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
  /** Index of the step that is being performed. */
  readonly step: number;
  readonly begunAt: number;
  readonly stepBegunAt: number;
  /** The forward step at which it turned back; the current one while it goes forward. */
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
  /** Another shell took over. */
  | { readonly type: "resumed" };

export type Effect =
  | { readonly type: "perform"; readonly direction: Direction; readonly step: number; readonly action: Step }
  /** Stop performing the current step; its result is of no interest any more. */
  | { readonly type: "cancel" }
  | { readonly type: "end"; readonly outcome: DeploymentOutcome };

export interface Transition {
  readonly state: RolloutState;
  readonly effects: readonly Effect[];
}

/** The first transition of a plan. */
export function begin(plan: RolloutPlan, now: number): Transition {
  return enter({
    phase: "forward",
    plan,
    steps: plan.steps,
    step: 0,
    reached: 0,
    begunAt: now,
    stepBegunAt: now,
    failures: [],
  });
}

/** The one door through which a rollout changes. Events that are late or do not concern it change nothing. */
export function next(state: RolloutState, event: RolloutEvent, now: number): Transition {
  if (state.phase === "ended") return { state, effects: [] };
  switch (event.type) {
    case "stepDone":
      return isCurrent(state, event) ? enter(advance(state, now)) : stay(state);
    case "stepFailed":
      return isCurrent(state, event) ? fail(state, event.failures, now) : stay(state);
    case "memberLost":
      return isNewAndRunning(state, event.member) ? turnBack(state, event.failures, now) : stay(state);
    case "abortRequested":
      return state.phase === "forward" ? turnBack(state, event.failures, now) : stay(state);
    case "resumed":
      return enter({ ...state, stepBegunAt: now });
    default:
      return unreachable(event);
  }
}

function stay(state: RolloutState): Transition {
  return { state, effects: [] };
}

function isCurrent(state: Moving, event: { readonly direction: Direction; readonly step: number }): boolean {
  return event.direction === state.phase && event.step === state.step;
}

/** A new instance that was up. Also one that the current step started, while others of the step still come up. */
function isNewAndRunning(state: Moving, id: string): boolean {
  if (state.phase === "revert") return false;
  return state.steps
    .slice(0, state.step + 1)
    .some((step) => step.kind === "start" && step.members.some((member) => member.id === id));
}

/** Performs the step that the state stands at, or ends after the last. */
function enter(state: Moving): Transition {
  const action = state.steps[state.step];
  if (action === undefined) return end(state, state.phase === "forward" ? "deployed" : "reverted", state.stepBegunAt);
  return { state, effects: [{ type: "perform", direction: state.phase, step: state.step, action }] };
}

function advance(state: Moving, now: number): Moving {
  const step = state.step + 1;
  return { ...state, step, reached: state.phase === "forward" ? step : state.reached, stepBegunAt: now };
}

function fail(state: Moving, failures: readonly Failure[], now: number): Transition {
  if (state.phase === "forward") return turnBack(state, failures, now);
  return end({ ...state, failures: [...state.failures, ...failures] }, "stuck", now);
}

function turnBack(state: Moving, failures: readonly Failure[], now: number): Transition {
  const steps = reverse(state.plan, state.step);
  const turned = enter({ ...state, phase: "revert", steps, step: 0, stepBegunAt: now, failures });
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
      return { members: state.plan.after, routed: state.plan.after };
    case "reverted":
      return { members: state.plan.before, routed: state.plan.before };
    case "stuck":
      return fleetAt(state);
    default:
      return unreachable(outcome);
  }
}
