import { fleetOfMembers } from "../fleet.ts";
import { retire, type Step } from "../step.ts";
import { membersOfTiers, type Strategy, type StrategyInput } from "../strategy.ts";
import type { RecreateStrategy } from "./builder.ts";

export interface RecreateSpec {
  readonly strategy: "recreate";
}

export const recreateStrategy: Strategy<RecreateSpec, RecreateStrategy> = {
  isChoice: true,
  options: {},
  specOf: () => ({ strategy: "recreate" }),
  steps: recreateSteps,
  words: { loses: "requests are refused with 503 from step 1 until the last step" },
};

/** Everything old goes, then everything new comes; requests in between get 503. */
function recreateSteps({ before, tiers, checksAgainst }: StrategyInput): Step[] {
  const { members, routed, traffic } = fleetOfMembers(membersOfTiers(tiers));
  const leave: Step[] = [{ kind: "route", members: [], traffic: [] }, ...retire(before.members)];
  return [
    ...(before.members.length > 0 ? leave : []),
    ...tiers.flatMap((tier): Step[] => [...tier.migrations, { kind: "start", members: tier.members }]),
    ...checksAgainst(members),
    { kind: "route", members: routed, traffic },
  ];
}
