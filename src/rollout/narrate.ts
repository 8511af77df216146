import type { DeploymentSpec } from "../environment/spec.ts";
import type { DeploymentEvent } from "../events/event.ts";
import { mostOf } from "../events/traffic.ts";
import { type Step, summarise } from "../strategies/step.ts";
import { figuresOf, isMisshared } from "./analysis/comparison.ts";
import type { RolloutPlan } from "./plan.ts";
import { type Ended, isHeld, type Moving, type RolloutEvent, type RolloutState, spentAt } from "./rollout-state.ts";
import type { Unserved } from "./unserved.ts";

interface Subject {
  readonly environment: string;
  readonly deployment: number;
}

/** The facts with which a deployment begins. `from`: the release that had the traffic; `unserved`: it costs requests. */
export function deploymentStarted(
  deployment: number,
  spec: DeploymentSpec,
  plan: RolloutPlan,
  { from, unserved }: { readonly from: string | undefined; readonly unserved: Unserved | undefined },
): DeploymentEvent[] {
  const about = { environment: spec.environment, deployment };
  const overridden = (spec.overrides ?? []).map((one) => ({ type: "gateOverridden", ...about, ...one }) as const);
  const started: DeploymentEvent = {
    type: "deploymentStarted",
    ...about,
    release: spec.release,
    kind: spec.kind,
    strategy: spec.strategy.strategy,
    steps: plan.steps.map(summarise),
    ...(from === undefined ? {} : { from }),
    ...(unserved === undefined ? {} : { unserved }),
    ...(spec.preview === undefined || spec.preview.off.length === 0 ? {} : { off: spec.preview.off }),
  };
  return [started, ...overridden];
}

/** The fact that a deployment has ended, and which release has the traffic now. */
export function deploymentFinished(about: Subject, state: Ended): DeploymentEvent {
  const { plan, outcome, failures, fleet, begunAt, at } = state;
  const serving = mostOf(fleet.traffic)?.release;
  return {
    type: "deploymentFinished",
    environment: about.environment,
    deployment: about.deployment,
    release: plan.release,
    outcome,
    durationMs: at - begunAt,
    failures,
    ...(serving === undefined ? {} : { serving }),
  };
}

/** The facts in one transition, for whoever watches. */
export function narrate(
  { environment, deployment }: Subject,
  before: RolloutState,
  event: RolloutEvent,
  after: RolloutState,
  now: number,
): DeploymentEvent[] {
  if (before.phase === "ended" || (after === before && event.type !== "verdict")) return [];
  const about = { environment, deployment };
  const current = { ...about, step: before.step, direction: before.phase };
  const turned = before.phase === "forward" && after.phase === "revert";
  return [
    ...said(about, before, event, after),
    ...(isDone(before, after)
      ? [{ type: "stepFinished" as const, ...current, ...leftOf(event), durationMs: spentAt(before, now) }]
      : []),
    ...(event.type === "stepFailed" ? [{ type: "stepFailed" as const, ...current, failures: event.failures }] : []),
    ...(turned
      ? [{ type: "revertStarted" as const, ...about, failures: after.failures, steps: after.steps.map(summarise) }]
      : []),
    ...(hasBegun(before, event, after) ? stepStarted(about, after) : []),
  ];
}

/** What somebody or something has said of the deployment as a whole. */
function said(about: Subject, before: Moving, event: RolloutEvent, after: RolloutState): DeploymentEvent[] {
  const { step } = before;
  switch (event.type) {
    case "resumed":
      return [{ type: "deploymentResumed", ...about, step }];
    case "pause":
      return [{ type: "deploymentPaused", ...about, step }];
    case "resume":
      return [{ type: "deploymentContinued", ...about, step, promoted: event.promote, ...reasonOf(event) }];
    case "verdict":
      return [{ type: "verdictGiven", ...about, step, verdict: event.verdict, failures: event.failures }];
    case "counted":
      return compared(about, before, after);
    case "tick":
      return undecided(about, before, after);
    case "approval":
      return [{ type: "gateAnswered", ...about, step, gate: event.gate, granted: event.granted }];
    default:
      return [];
  }
}

/** How the comparison goes is told now and then; what comes of it, at once. */
const toldEachTicks = 5;

function compared(about: Subject, before: Moving, after: RolloutState): DeploymentEvent[] {
  if (after.phase === "ended" || after.comparison === undefined) return [];
  const { step } = before;
  const figures = figuresOf(after.comparison);
  const told = { type: "verdictGiven", ...about, step, failures: after.failures, figures } as const;
  if (after.phase === "revert") return [{ ...told, verdict: "regression" }];
  if (after.step > step) return [{ ...told, verdict: "good" }];
  return after.comparison.ticks % toldEachTicks === 0 ? [{ type: "releasesCompared", ...about, step, figures }] : [];
}

/** The time of an observation that was to bring a verdict is over. */
function undecided(about: Subject, before: Moving, after: RolloutState): DeploymentEvent[] {
  const step = before.steps[before.step];
  const follows = step?.kind === "observe" ? step.until.onNoEvidence : undefined;
  if (follows === undefined || isHeld(before)) return [];
  const isOver = after.phase === "ended" || after.phase !== before.phase || after.step !== before.step || isHeld(after);
  if (!isOver) return [];
  const figures = before.comparison === undefined ? {} : { figures: figuresOf(before.comparison) };
  const because = isMisshared(before.comparison) ? { because: "shareMismatch" as const } : {};
  const failures = follows === "revert" && after.phase !== "ended" ? after.failures : [];
  return [
    {
      type: "verdictGiven",
      ...about,
      step: before.step,
      verdict: "notEnoughEvidence",
      failures,
      ...figures,
      follows,
      ...because,
    },
  ];
}

function reasonOf({ reason }: { readonly reason?: string }): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** Whether the step that it stood at is over, and well. */
function isDone(before: Moving, after: RolloutState): boolean {
  if (before.step >= before.steps.length) return false;
  if (after.phase === "ended") return after.outcome !== "stuck" && after.outcome !== "frozen";
  return after.phase === before.phase && after.step > before.step;
}

/** Whether a step begins with this transition, or begins again. */
function hasBegun(before: Moving, event: RolloutEvent, after: RolloutState): boolean {
  if (after.phase === "ended" || !after.isBegun) return false;
  if (event.type === "resumed" || !before.isBegun) return true;
  return after.phase !== before.phase || after.step !== before.step;
}

function leftOf(event: RolloutEvent): { left?: number } {
  return event.type !== "stepDone" || event.left === undefined ? {} : { left: event.left };
}

/** The fact that the state's current step begins. */
export function stepStarted(about: Subject, state: RolloutState): DeploymentEvent[] {
  if (state.phase === "ended") return [];
  const step: Step | undefined = state.steps[state.step];
  if (step === undefined) return [];
  return [{ type: "stepStarted", ...about, step: state.step, direction: state.phase, summary: summarise(step) }];
}
