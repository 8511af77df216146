import { durationMs } from "../../errors/duration.ts";
import { fleetOfMembers } from "../fleet.ts";
import { retire, type Step } from "../step.ts";
import { membersOfTiers, type Strategy, type StrategyInput, startBeside } from "../strategy.ts";
import type { BlueGreenStrategy } from "./builder.ts";

export interface BlueGreenSpec {
  readonly strategy: "blueGreen";
  /** Milliseconds. */
  readonly keep: number;
}

export const blueGreenStrategy: Strategy<BlueGreenSpec, BlueGreenStrategy> = {
  isChoice: true,
  options: { keep: "duration" },
  specOf: ({ keep }) => ({ strategy: "blueGreen", keep: durationMs(keep ?? "15m") }),
  steps: blueGreenSteps,
  words: {},
};

function blueGreenSteps(input: StrategyInput, { keep }: BlueGreenSpec): Step[] {
  const { routed, traffic } = fleetOfMembers(membersOfTiers(input.tiers));
  return [...startBeside(input), { kind: "route", members: routed, traffic }, ...retireAfter(input, keep)];
}

/** The old instances stay up for so long after the last switch: until then the way back is a switch, too. */
export function retireAfter({ before }: StrategyInput, keepMs: number): Step[] {
  if (before.members.length === 0) return [];
  return [{ kind: "observe", until: { spentMs: keepMs } }, ...retire(before.members)];
}
