import type { DeploymentEvent } from "../events/event.ts";
import type { RolloutEvent, RolloutState } from "./machine.ts";
import { type Step, summarise } from "./step.ts";

interface Subject {
  readonly environment: string;
  readonly deployment: number;
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
