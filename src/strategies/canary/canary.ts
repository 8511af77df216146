import { durationMs } from "../../errors/duration.ts";
import type { Traffic } from "../../events/traffic.ts";
import { retireAfter } from "../blue-green/blue-green.ts";
import { fleetOfMembers, isRoutable } from "../fleet.ts";
import type { OnNoEvidence, Step } from "../step.ts";
import { type Comparing, membersOfTiers, type Strategy, type StrategyInput, startBeside } from "../strategy.ts";
import type { CanaryStrategy } from "./builder.ts";

export interface CanarySpec {
  readonly strategy: "canary";
  /** Percent. */
  readonly steps: readonly number[];
  /** Milliseconds. */
  readonly hold: number;
  readonly onNoEvidence: OnNoEvidence;
  /** Milliseconds. */
  readonly bake: number;
  readonly analysis: Comparing;
}

export const canaryStrategy: Strategy<CanarySpec, CanaryStrategy> = {
  isChoice: true,
  options: {
    steps: "percents",
    hold: "duration",
    onNoEvidence: "onNoEvidence",
    bake: "duration",
    analysis: "analysis",
  },
  specOf: ({ steps, hold, onNoEvidence, bake, analysis = {} }) => ({
    strategy: "canary",
    steps: steps ?? [5, 25, 50],
    hold: durationMs(hold ?? "10m"),
    onNoEvidence: onNoEvidence ?? "hold",
    bake: durationMs(bake ?? "15m"),
    analysis: { alpha: 0.01, tolerance: 1, guarded: false, ...analysis },
  }),
  steps: canarySteps,
  comparing: ({ analysis }) => analysis,
  words: {},
};

/** Everything new comes up beside everything old; then it gets its share, step by step. What is first has all at once. */
function canarySteps(input: StrategyInput, { steps, hold, onNoEvidence, bake }: CanarySpec): Step[] {
  const { before } = input;
  const after = fleetOfMembers(membersOfTiers(input.tiers));
  const [fresh] = after.members;
  const isCompared = before.traffic.length > 0 && after.routed.some(({ requests }) => requests === undefined);
  const members = [...before.routed.filter(isRoutable), ...after.routed];
  const shares = fresh === undefined || !isCompared ? [] : steps;
  return [
    ...startBeside(input),
    ...shares.flatMap((percent): Step[] => [
      { kind: "route", members, traffic: sharing(before.traffic, fresh!, percent / 100) },
      { kind: "observe", until: { spentMs: hold, onNoEvidence } },
    ]),
    { kind: "route", members: after.routed, traffic: after.traffic },
    ...retireAfter(input, bake),
  ];
}

/** The new deployment gets `share`; the others what they had, of what is left. */
function sharing(
  before: Traffic,
  { deployment, release }: { deployment: number; release: string },
  share: number,
): Traffic {
  const others = before.map((one) => ({ ...one, share: one.share * (1 - share) }));
  return [...others, { deployment, release, share }];
}
