import type { Failure } from "../errors/failure.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { DeploymentOutcome, Direction } from "../events/event.ts";
import type { Fleet } from "../strategies/fleet.ts";
import { type Action, isAction, type OnNoEvidence } from "../strategies/step.ts";
import {
  comparisonVerdict,
  isMisshared,
  newComparison,
  nextComparedStep,
  nextComparison,
  regressionFailure,
} from "./analysis/comparison.ts";
import { fleetAt } from "./fleet-at.ts";
import type { RolloutPlan } from "./plan.ts";
import { reverse } from "./reverse.ts";
import { isHeld, type Moving, type RolloutEvent, type RolloutState, spentAt } from "./rollout-state.ts";

/*
 * The rollout machine: what one deployment does, step by step, and how it goes back.
 *
 * ```
 *            step done … last                      every step done
 *  forward ───────────────────▶ ended: deployed      revert ─────────▶ ended: reverted
 *   │ ▲ │  stepFailed · memberLost · abortRequested    ▲  └──────────▶ ended: stuck
 *   │ │ │  regression · approval refused               │    stepFailed
 *   │ │ └──────────────────────────────────────────────┤
 *   │ │ resume                                         │ memberLost · abortRequested · …
 *   ▼ │                                                │
 *  forward, paused ────────────────────────────────────┘
 * ```
 *
 * Where the plan `freezes`, nothing turns back by itself once a migration has begun: it ends, `frozen`, and what runs and is routed
 * stays as it stands. A person who asks for the way back gets it.
 *
 *
 * A step is done by
 *
 * ```
 *  migrate start check route drain stop   stepDone: it was performed
 *  observe                                tick, once `until.spentMs` was spent in it · good · resume promote
 *  hold                                   resume
 *  gate                                   approval granted, of that gate
 * ```
 *
 * An observation whose time is over without a verdict goes on, holds or turns back, as its `onNoEvidence` says. One that holds
 * still takes verdicts; a `resume` gives it its time once more. A regression or a release that is good is told by a verdict, or
 * found in what was counted: the comparison is a fold of the journal, too.
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

/** What the shell is to do. */
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
      return state.phase === "forward" ? goBack(state, event.failures, now) : stay(state);
    case "tick":
      return isObserving(state) && !state.isPaused ? observe(seen(state, now), now) : stay(state);
    case "verdict":
      return judge(state, event, now);
    case "comparisonBegun":
      return beginComparison(state, event.thresholdsMs);
    case "counted":
      return compare(state, event, now);
    case "pause":
      return pause(state, now);
    case "resume":
      // Said of a step that is over by now: what was asked for has happened.
      return event.step === undefined || event.step === state.step ? resume(state, event.promote, now) : stay(state);
    case "approval":
      return answer(state, event, now);
    case "resumed":
      return state.isPaused
        ? stay({ ...state, seenAt: now, isCutOff: true })
        : enter({ ...state, seenAt: now, isBegun: false }, now);
    default:
      return unreachable(event);
  }
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
  const { isCutOff: _, ...standing } = state;
  const begun = { ...standing, isBegun: true };
  if (step.kind === "observe") return observe(begun, now);
  if (!isAction(step)) return stay(begun);
  return { state: begun, effects: [{ type: "perform", direction: state.phase, step: state.step, action: step }] };
}

/** Ends an observation that has lasted long enough; otherwise asks to be woken when it has, or in a minute. */
function observe(state: Moving, now: number): Transition {
  const step = state.steps[state.step];
  if (step?.kind !== "observe") return stay(state);
  const leftMs = step.until.spentMs - state.spentMs;
  if (leftMs <= 0) return withoutVerdict(state, step.until.onNoEvidence, now);
  return { state, effects: [{ type: "wakeAt", at: now + Math.min(leftMs, longestSleepMs) }] };
}

/** The time of an observation is over. */
function withoutVerdict(state: Moving, policy: OnNoEvidence = "promote", now: number): Transition {
  switch (policy) {
    case "promote":
      return enter(advance(state, now), now);
    case "hold":
      return stay(state);
    case "revert":
      return turnBack(state, [isMisshared(state.comparison) ? missharedFailure : tooLittleFailure], now);
    default:
      return unreachable(policy);
  }
}

const tooLittleFailure: Failure = {
  code: "not-enough-evidence",
  message: "There were too few requests to tell whether the release is as good as the one that serves",
  hint: 'To have a person decide: `onNoEvidence: "hold"`. To let it take longer: `hold`.',
};

const missharedFailure: Failure = {
  code: "share-mismatch",
  message: "The requests were not shared out as the gateway was told, so the releases could not be compared",
  hint: "See how the gateway does: tidegate doctor. Clients that hold on to one connection each can be the reason, where they are few.",
};

function advance(state: Moving, now: number): Moving {
  const step = state.step + 1;
  const reached = state.phase === "forward" ? step : state.reached;
  return { ...state, ...(isObserving(state) && anew(state)), step, reached, spentMs: 0, seenAt: now, isBegun: false };
}

function anew({ comparison }: Moving): Pick<Moving, "comparison"> {
  return comparison === undefined ? {} : { comparison: nextComparedStep(comparison) };
}

function beginComparison(state: Moving, thresholdsMs: readonly number[]): Transition {
  const { comparing } = state.plan;
  if (comparing === undefined || state.comparison !== undefined || state.phase === "revert") return stay(state);
  return stay({ ...state, comparison: newComparison(comparing, thresholdsMs) });
}

/** What was counted says at any time that a release is worse, and at an observation that it is good. */
function compare(state: Moving, { tick, share }: RolloutEvent & { type: "counted" }, now: number): Transition {
  if (state.comparison === undefined || state.phase === "revert") return stay(state);
  const comparison = nextComparison(state.comparison, tick, share);
  const verdict = comparisonVerdict(comparison);
  const counted = { ...state, comparison };
  if (verdict.verdict === "regression") return turnBack(counted, [regressionFailure(comparison, verdict)], now);
  if (verdict.verdict === "good" && isObserving(state) && !state.isPaused) return done(counted, now);
  return stay(counted);
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
  if (!state.isPaused && isHeld(state) && step?.kind === "observe" && !promote)
    return enter({ ...state, ...anew(state), spentMs: 0, seenAt: now }, now);
  if (!state.isPaused) return isOver || step?.kind === "hold" ? done(state, now) : stay(state);
  const going = { ...state, isPaused: false, seenAt: now };
  if (isOver) return done(going, now);
  const isUnderWay = going.isBegun && !going.isCutOff && step !== undefined && isAction(step);
  return isUnderWay ? stay(going) : enter(going, now);
}

function answer(state: Moving, event: RolloutEvent & { type: "approval" }, now: number): Transition {
  const step = state.steps[state.step];
  if (step?.kind !== "gate" || step.name !== event.gate) return stay(state);
  return event.granted ? done(state, now) : goBack(state, event.failures, now);
}

/** A step that waits is over. Whoever was to wake it need not any more. */
function done(state: Moving, now: number): Transition {
  const entered = enter(advance(state, now), now);
  return isObserving(state) ? { ...entered, effects: [{ type: "cancel" }, ...entered.effects] } : entered;
}

function fail(state: Moving, failures: readonly Failure[], now: number): Transition {
  if (state.phase === "forward") return turnBack(state, failures, now);
  // What would not answer has not got the requests: they are where they were before this step.
  const isUndone = failures.some(({ code }) => code === "not-routed");
  const stands = isUndone ? { ...state, step: state.step - 1 } : state;
  return end({ ...stands, failures: [...state.failures, ...failures] }, "stuck", now);
}

function turnBack(state: Moving, failures: readonly Failure[], now: number): Transition {
  const { freezes, steps } = state.plan;
  const hasMigrated = steps
    .slice(0, state.isBegun ? state.step + 1 : state.step)
    .some(({ kind }) => kind === "migrate");
  if (freezes === undefined || !hasMigrated) return goBack(state, failures, now);
  const frozen = end({ ...state, failures: [frozenFailure(freezes), ...failures] }, "frozen", now);
  return { state: frozen.state, effects: [{ type: "cancel" }, ...frozen.effects] };
}

function frozenFailure(because: string): Failure {
  return {
    code: "deployment-frozen",
    message: `The deployment failed and was left as it stands, because its migration is declared irreversible: ${because}`,
    hint: "See what is serving: tidegate status. Then deploy a fixed release; or go back all the same: tidegate rollback",
  };
}

function goBack(state: Moving, failures: readonly Failure[], now: number): Transition {
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
    case "frozen":
      return fleetAt(state);
    default:
      return unreachable(outcome);
  }
}
