import type { DeploymentSpec } from "../environment/spec.ts";
import type { DeploymentEvent } from "../events/event.ts";
import type { Ended, RolloutEvent, RolloutState } from "./machine.ts";
import type { RolloutPlan } from "./plan.ts";
import { type Step, summarise } from "./step.ts";

interface Subject {
  readonly environment: string;
  readonly deployment: number;
}

/** The fact that a deployment begins. `from`: the release that had the traffic. */
export function deploymentStarted(
  deployment: number,
  spec: DeploymentSpec,
  plan: RolloutPlan,
  from: string | undefined,
): DeploymentEvent {
  return {
    type: "deploymentStarted",
    environment: spec.environment,
    deployment,
    release: spec.release,
    kind: spec.kind,
    strategy: spec.strategy.strategy,
    steps: plan.steps.map(summarise),
    ...(from === undefined ? {} : { from }),
  };
}

/** The fact that a deployment has ended, and which release has the traffic now. */
export function deploymentFinished(about: Subject, state: Ended): DeploymentEvent {
  const { plan, outcome, failures, fleet, begunAt, at } = state;
  const serving = fleet.routed[0]?.release;
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
  if (before.phase === "ended") return [];
  const about = { environment, deployment };
  const current = { ...about, step: before.step, direction: before.phase };
  const turned = before.phase === "forward" && after.phase === "revert";
  return [
    ...(event.type === "resumed" ? [{ type: "deploymentResumed" as const, ...about, step: before.step }] : []),
    ...(event.type === "stepDone" && after !== before
      ? [{ type: "stepFinished" as const, ...current, ...leftOf(event), durationMs: now - before.stepBegunAt }]
      : []),
    ...(event.type === "stepFailed" && after !== before
      ? [{ type: "stepFailed" as const, ...current, failures: event.failures }]
      : []),
    ...(turned
      ? [{ type: "revertStarted" as const, ...about, failures: after.failures, steps: after.steps.map(summarise) }]
      : []),
    ...(after !== before ? stepStarted(about, after) : []),
  ];
}

function leftOf({ left }: { readonly left?: number }): { left?: number } {
  return left === undefined ? {} : { left };
}

/** The fact that the state's current step begins. */
export function stepStarted(about: Subject, state: RolloutState): DeploymentEvent[] {
  if (state.phase === "ended") return [];
  const step: Step | undefined = state.steps[state.step];
  if (step === undefined) return [];
  return [{ type: "stepStarted", ...about, step: state.step, direction: state.phase, summary: summarise(step) }];
}
