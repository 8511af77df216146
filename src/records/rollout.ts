import * as v from "valibot";
import { failureSchema } from "../errors/failure-schema.ts";
import { type Fleet, trafficBetween } from "../strategies/fleet.ts";
import { onNoEvidence } from "../strategies/step.ts";
import { codec } from "./codec.ts";
import { direction, index, member, members, milliseconds, traffic } from "./parts.ts";

const fleet = v.strictObject({ members, routed: members, traffic });

/** What an environment should run, and who of it gets which share of the requests. 0: no shares, instances are equal. */
export const fleetCodec = codec({
  version: 1,
  schema: fleet,
  upgrades: [
    (older) => {
      const known = v.safeParse(v.strictObject({ members, routed: members }), older);
      return known.success ? { ...known.output, traffic: trafficBetween(known.output.routed) } : older;
    },
  ],
});

const unchangedSteps = [
  v.strictObject({ kind: v.literal("migrate"), service: v.string(), deployment: index }),
  v.strictObject({ kind: v.literal("start"), members }),
  v.strictObject({ kind: v.literal("check"), name: v.string(), against: member }),
  v.strictObject({ kind: v.literal("drain"), members }),
  v.strictObject({ kind: v.literal("stop"), members }),
] as const;

const step = v.variant("kind", [
  ...unchangedSteps,
  v.strictObject({ kind: v.literal("route"), members, traffic }),
  v.strictObject({
    kind: v.literal("observe"),
    until: v.strictObject({ spentMs: milliseconds, onNoEvidence: v.exactOptional(v.picklist(onNoEvidence)) }),
  }),
  v.strictObject({ kind: v.literal("hold") }),
  v.strictObject({ kind: v.literal("prove"), members }),
  v.strictObject({ kind: v.literal("gate"), name: v.string() }),
]);

/** How a rollout's release is compared with what serves. */
export const comparing = v.strictObject({
  alpha: v.pipe(v.number(), v.gtValue(0), v.ltValue(0.5)),
  tolerance: v.pipe(v.number(), v.minValue(1)),
  guarded: v.boolean(),
});

const plan = v.strictObject({
  deployment: index,
  release: v.string(),
  before: fleet,
  after: fleet,
  steps: v.array(step),
  freezes: v.exactOptional(v.string()),
  comparing: v.exactOptional(comparing),
});

const arm = v.strictObject({ requests: index, errors: index, slower: v.array(index) });

const planWithoutShares = v.strictObject({
  deployment: index,
  release: v.string(),
  before: members,
  after: members,
  steps: v.array(v.variant("kind", [...unchangedSteps, v.strictObject({ kind: v.literal("route"), members })])),
});

const failures = v.array(failureSchema);

/**
 * An entry of a deployment's journal. The plan stands in the first one, and has its version from it: a plan that means
 * something else is a journal that means something else. 0: fleets and routes of a plan were lists of equal instances.
 */
export const journalEventCodec = codec({
  version: 1,
  schema: v.variant("type", [
    v.strictObject({ type: v.literal("begun"), plan }),
    v.strictObject({ type: v.literal("stepDone"), direction, step: index, left: v.exactOptional(index) }),
    v.strictObject({ type: v.literal("stepFailed"), direction, step: index, failures }),
    v.strictObject({ type: v.literal("memberLost"), member: v.string(), failures }),
    v.strictObject({ type: v.literal("abortRequested"), failures }),
    v.strictObject({ type: v.literal("tick") }),
    v.strictObject({
      type: v.literal("verdict"),
      verdict: v.picklist(["regression", "good", "notEnoughEvidence"]),
      failures,
    }),
    v.strictObject({ type: v.literal("pause") }),
    v.strictObject({
      type: v.literal("resume"),
      promote: v.boolean(),
      reason: v.exactOptional(v.string()),
      step: v.exactOptional(index),
    }),
    v.strictObject({ type: v.literal("comparisonBegun"), thresholdsMs: v.array(milliseconds) }),
    v.strictObject({
      type: v.literal("counted"),
      tick: v.strictObject({ candidate: arm, baseline: arm }),
      share: v.number(),
    }),
    v.strictObject({ type: v.literal("approval"), gate: v.string(), granted: v.boolean(), failures }),
    v.strictObject({ type: v.literal("resumed") }),
  ]),
  upgrades: [(older) => ({ ...older, ...planWithShares(older.plan) })],
});

function planWithShares(older: unknown): { readonly plan?: v.InferOutput<typeof plan> } {
  const known = v.safeParse(planWithoutShares, older);
  if (!known.success) return {};
  const { before, after, steps, ...rest } = known.output;
  return {
    plan: {
      ...rest,
      before: equals(before),
      after: equals(after),
      steps: steps.map((step) =>
        step.kind === "route" ? { ...step, traffic: [...trafficBetween(step.members)] } : step,
      ),
    },
  };
}

function equals(all: v.InferOutput<typeof members>) {
  return { members: all, routed: all, traffic: [...trafficBetween(all)] } satisfies Fleet;
}
