import { unreachable } from "../errors/unreachable.ts";
import type { StepSummary } from "../events/event.ts";
import type { Traffic } from "../events/traffic.ts";
import { type Member, tiersOf } from "./fleet.ts";

/**
 * One thing that a deployment does. Doing a step again, after a crash in the middle of it, is always right. The last
 * three do nothing themselves: they wait for time, for a person, for a word.
 */
export type Step =
  /** The service's migration command, once, before new instances of it start. */
  | { readonly kind: "migrate"; readonly service: string; readonly deployment: number }
  /** Start and wait until all are healthy. */
  | { readonly kind: "start"; readonly members: readonly Member[] }
  /** A gate's command against an instance without traffic. */
  | { readonly kind: "check"; readonly name: string; readonly against: Member }
  /** Exactly these get requests from now on, each deployment its share. */
  | { readonly kind: "route"; readonly members: readonly Member[]; readonly traffic: Traffic }
  /** Wait until none of them has a request under way. */
  | { readonly kind: "drain"; readonly members: readonly Member[] }
  | { readonly kind: "stop"; readonly members: readonly Member[] }
  /** Ask these, which run and get requests, whether they still do their work: their health, then the gates' checks. */
  | { readonly kind: "prove"; readonly members: readonly Member[] }
  /** Watch what serves. */
  | { readonly kind: "observe"; readonly until: Until }
  /** Stay as it is until somebody says that it goes on. */
  | { readonly kind: "hold" }
  /** Stay as it is until this gate was answered. */
  | { readonly kind: "gate"; readonly name: string };

/** What ends an observation: so much time spent in it, or the verdict `good` before. */
export interface Until {
  readonly spentMs: number;
  /** What follows when that time is over without a verdict. Absent: the next step, for nothing was to be judged. */
  readonly onNoEvidence?: OnNoEvidence;
}

/** `hold`: a person decides. `promote`: it goes on as if it were good. `revert`: it is taken out. */
export type OnNoEvidence = (typeof onNoEvidence)[number];

export const onNoEvidence = ["hold", "promote", "revert"] as const;

/** The steps that something in the world is done for. */
export type Action = Exclude<Step, { readonly kind: "observe" | "hold" | "gate" }>;

export function isAction(step: Step): step is Action {
  return step.kind !== "observe" && step.kind !== "hold" && step.kind !== "gate";
}

export function summarise(step: Step): StepSummary {
  switch (step.kind) {
    case "migrate":
      return { kind: step.kind, subjects: [step.service] };
    case "check":
      return { kind: step.kind, subjects: [step.name], against: step.against.id };
    case "route":
      return { kind: step.kind, subjects: idsOf(step.members), traffic: step.traffic };
    case "start":
    case "drain":
    case "stop":
    case "prove":
      return { kind: step.kind, subjects: idsOf(step.members) };
    case "observe":
      return {
        ...{ kind: step.kind, subjects: [], forMs: step.until.spentMs },
        ...(step.until.onNoEvidence !== undefined && { compares: true }),
      };
    case "hold":
      return { kind: step.kind, subjects: [] };
    case "gate":
      return { kind: step.kind, subjects: [step.name] };
    default:
      return unreachable(step);
  }
}

function idsOf(members: readonly Member[]): string[] {
  return members.map((member) => member.id);
}

/** The steps without those that would do nothing. A route to nobody does something. */
export function withoutEmpty(steps: readonly Step[]): Step[] {
  return steps.filter((step) => !("members" in step) || step.kind === "route" || step.members.length > 0);
}

/** Those that need others go first: what is needed has no callers left when it is its turn. */
export function retire(members: readonly Member[]): Step[] {
  return tiersOf(members)
    .reverse()
    .flatMap((tier): Step[] => [
      { kind: "drain", members: tier },
      { kind: "stop", members: tier },
    ]);
}
