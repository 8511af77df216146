import { fleetOfMembers } from "../fleet.ts";
import { retire, type Step } from "../step.ts";
import { membersOfTiers, type Strategy, type StrategyInput } from "../strategy.ts";

export interface SwitchSpec {
  readonly strategy: "switch";
}

/** Everything at once to something already verified: what a rollback does. No definition chooses it. */
export const switchStrategy: Strategy<SwitchSpec, never> = {
  isChoice: false,
  options: {},
  specOf: () => ({ strategy: "switch" }),
  steps: switchSteps,
  words: {},
};

/** Everything new beside everything old, then one switch. No migrations and no gates: it was verified before. */
function switchSteps({ before, tiers }: StrategyInput): Step[] {
  const { routed, traffic } = fleetOfMembers(membersOfTiers(tiers));
  return [
    ...tiers.map((tier): Step => ({ kind: "start", members: tier.members })),
    { kind: "route", members: routed, traffic },
    ...retire(before.members),
  ];
}
