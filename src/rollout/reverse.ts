import type { RolloutPlan } from "./plan.ts";
import { type Step, withoutEmpty } from "./step.ts";

/**
 * The way back from step `reached` (begun, maybe not finished): what was stopped runs again, the traffic is where it
 * was, what was started is gone. Only what the forward steps touched is undone; nothing old is touched twice.
 */
export function reverse(plan: RolloutPlan, reached: number): Step[] {
  const begun = plan.steps.slice(0, reached + 1);
  const started = begun.flatMap((step) => (step.kind === "start" ? step.members : []));
  const stopped = begun.flatMap((step) => (step.kind === "stop" ? step.members : []));
  const switched = begun.some((step) => step.kind === "route");
  return withoutEmpty([
    { kind: "start", members: stopped },
    ...(switched ? ([{ kind: "route", members: plan.before }] as const) : []),
    { kind: "drain", members: switched ? started : [] },
    { kind: "stop", members: started },
  ]);
}
