import { tiersOf } from "../strategies/fleet.ts";
import { retire, type Step, withoutEmpty } from "../strategies/step.ts";
import type { RolloutPlan } from "./plan.ts";

/**
 * The way back from step `reached` (begun, maybe not finished): what was stopped runs again, in the order of needs, the
 * traffic is where it was, what was started goes, callers first. Only what the forward steps touched is undone; nothing
 * old is touched twice.
 */
export function reverse(plan: RolloutPlan, reached: number): Step[] {
  const begun = plan.steps.slice(0, reached + 1);
  const started = begun.flatMap((step) => (step.kind === "start" ? step.members : []));
  const stopped = begun.flatMap((step) => (step.kind === "stop" ? step.members : []));
  const isSwitched = begun.some((step) => step.kind === "route");
  const { routed, traffic } = plan.before;
  return withoutEmpty([
    ...tiersOf(stopped).map((members): Step => ({ kind: "start", members })),
    ...(isSwitched ? [{ kind: "route", members: routed, traffic } as const] : []),
    ...retire(started).filter((step) => isSwitched || step.kind !== "drain"),
  ]);
}
