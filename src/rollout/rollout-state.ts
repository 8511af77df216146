import type { Failure } from "../errors/failure.ts";
import type { Actor } from "../events/actor.ts";
import type { DeploymentOutcome, Direction } from "../events/event.ts";
import type { Fleet } from "../strategies/fleet.ts";
import type { Step } from "../strategies/step.ts";
import type { Comparison } from "./analysis/comparison.ts";
import type { Tick } from "./analysis/counts.ts";
import { fleetAt } from "./fleet-at.ts";
import type { RolloutPlan } from "./plan.ts";

/** Where a rollout stands; see `machine.ts` for how it changes. */
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
  /** Whoever performed the step is gone: it is performed again when the pause is over. */
  readonly isCutOff?: boolean;
  /** The last forward step that was begun before it turned back; the current one while it goes forward. */
  readonly reached: number;
  /** Why it goes back; empty while it goes forward. */
  readonly failures: readonly Failure[];
  /** How the release fares beside the one that serves; absent until they are compared. */
  readonly comparison?: Comparison;
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
  | { readonly type: "abortRequested"; readonly failures: readonly Failure[]; readonly by?: Actor }
  /** Time has passed. */
  | { readonly type: "tick" }
  /** `failures`: why it is a regression. */
  | { readonly type: "verdict"; readonly verdict: Verdict; readonly failures: readonly Failure[] }
  | { readonly type: "pause"; readonly by?: Actor }
  /**
   * `promote`: an observation ends at once, whatever is left of its time. `step`: the one that it was said of; at another it
   * changes nothing.
   */
  | {
      readonly type: "resume";
      readonly promote: boolean;
      readonly reason?: string;
      readonly step?: number;
      readonly by?: Actor;
    }
  /** From now on both releases are counted; answers slower than each of these, too. */
  | { readonly type: "comparisonBegun"; readonly thresholdsMs: readonly number[] }
  /** What both did since the last time; `share`: what part of the requests the new one was to get. */
  | { readonly type: "counted"; readonly tick: Tick; readonly share: number }
  /** `failures`: why it is refused. */
  | {
      readonly type: "approval";
      readonly gate: string;
      readonly granted: boolean;
      readonly failures: readonly Failure[];
    }
  /** Another shell took over. */
  | { readonly type: "resumed" };

/** Time spent in the current step until now. */
export function spentAt(state: Moving, now: number): number {
  return state.isPaused ? state.spentMs : state.spentMs + Math.max(0, now - state.seenAt);
}

/** Whether it waits for a person: it was told to, or an observation is over that showed too little. */
export function isHeld(state: RolloutState): boolean {
  if (state.phase !== "forward" || !state.isBegun || state.isPaused) return false;
  const step = state.steps[state.step];
  if (step?.kind === "observe") return step.until.onNoEvidence === "hold" && state.spentMs >= step.until.spentMs;
  return step?.kind === "hold";
}

/** Whether the release has all requests, and what served before is kept for a quick way back. */
export function isBaking(state: RolloutState): boolean {
  if (state.phase !== "forward" || !state.isBegun || state.isPaused) return false;
  const step = state.steps[state.step];
  return step?.kind === "observe" && step.until.onNoEvidence === undefined;
}

/** What part of the requests the new release is to get at the moment, 0 to 1. */
export function shareOf(state: Moving): number {
  const { deployment } = state.plan;
  return fleetAt(state).traffic.find((share) => share.deployment === deployment)?.share ?? 0;
}
