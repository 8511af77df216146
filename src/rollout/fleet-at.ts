import type { Direction } from "../events/event.ts";
import type { Fleet, Member } from "../strategies/fleet.ts";
import type { Step } from "../strategies/step.ts";
import type { RolloutPlan } from "./plan.ts";

/** Where a rollout stands: what of `Moving` says it. */
interface Standing {
  readonly phase: Direction;
  readonly plan: RolloutPlan;
  readonly steps: readonly Step[];
  readonly step: number;
  readonly reached: number;
  readonly isBegun: boolean;
}

/**
 * What should be running and routed while a rollout stands where it stands: the fleet before it, changed by every
 * step begun so far, in both directions. Steps that wait change nothing.
 */
export function fleetAt({ plan, steps, step, reached, phase, isBegun }: Standing): Fleet {
  const begun =
    phase === "forward"
      ? plan.steps.slice(0, isBegun ? step + 1 : step)
      : [...plan.steps.slice(0, reached + 1), ...steps.slice(0, step + 1)];
  const members = new Map<string, Member>(plan.before.members.map((member) => [member.id, member]));
  let { routed, traffic } = plan.before;
  for (const done of begun) {
    if (done.kind === "start") for (const member of done.members) members.set(member.id, member);
    if (done.kind === "stop") for (const member of done.members) members.delete(member.id);
    if (done.kind === "route") {
      routed = done.members;
      traffic = done.traffic;
    }
  }
  return { members: [...members.values()], routed, traffic };
}

/**
 * What a new shell looks after before it goes on with a rollout: what the current step was about to start, it starts again
 * itself, and judges itself.
 */
export function fleetToAdopt(standing: Standing): Fleet {
  const { members, ...rest } = fleetAt(standing);
  const step = standing.isBegun ? standing.steps[standing.step] : undefined;
  const coming = new Set(step?.kind === "start" ? step.members.map(({ id }) => id) : []);
  return { members: members.filter(({ id }) => !coming.has(id)), ...rest };
}
