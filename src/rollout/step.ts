import type { Member } from "../environment/spec.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { StepSummary } from "../events/event.ts";

/** One thing that a deployment does. Doing a step again, after a crash in the middle of it, is always right. */
export type Step =
  /** The service's migration command, once, before new instances start. */
  | { readonly kind: "migrate"; readonly service: string; readonly deployment: number }
  /** Start and wait until all are healthy. */
  | { readonly kind: "start"; readonly members: readonly Member[] }
  /** A gate's command against an instance without traffic. */
  | { readonly kind: "check"; readonly name: string; readonly against: Member }
  /** Exactly these get requests from now on. */
  | { readonly kind: "route"; readonly members: readonly Member[] }
  /** Wait until none of them has a request under way. */
  | { readonly kind: "drain"; readonly members: readonly Member[] }
  | { readonly kind: "stop"; readonly members: readonly Member[] };

export function summarise(step: Step): StepSummary {
  switch (step.kind) {
    case "migrate":
      return { kind: step.kind, subjects: [step.service] };
    case "check":
      return { kind: step.kind, subjects: [step.name] };
    case "start":
    case "route":
    case "drain":
    case "stop":
      return { kind: step.kind, subjects: step.members.map((member) => member.id) };
    default:
      return unreachable(step);
  }
}

/** The steps without those that would do nothing. A route to nobody does something. */
export function withoutEmpty(steps: readonly Step[]): Step[] {
  return steps.filter((step) => !("members" in step) || step.kind === "route" || step.members.length > 0);
}
