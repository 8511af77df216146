import type { Fleet, Member } from "../environment/spec.ts";
import type { Direction } from "../events/event.ts";
import type { RolloutPlan } from "./plan.ts";
import type { Step } from "./step.ts";

/** Where a rollout stands: what of `Moving` says it. */
interface Standing {
  readonly phase: Direction;
  readonly plan: RolloutPlan;
  readonly steps: readonly Step[];
  readonly step: number;
  readonly reached: number;
}

/**
 * What should be running and routed while a rollout stands where it stands: the fleet before it, changed by every
 * step begun so far, in both directions.
 */
export function fleetAt({ plan, steps, step, reached, phase }: Standing): Fleet {
  const forward = plan.steps.slice(0, reached + 1);
  const begun = phase === "forward" ? forward : [...forward, ...steps.slice(0, step + 1)];
  const members = new Map<string, Member>(plan.before.map((member) => [member.id, member]));
  let routed = plan.before;
  for (const done of begun) {
    if (done.kind === "start") for (const member of done.members) members.set(member.id, member);
    if (done.kind === "stop") for (const member of done.members) members.delete(member.id);
    if (done.kind === "route") routed = done.members;
  }
  return { members: [...members.values()], routed };
}
