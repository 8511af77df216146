import type { ComparisonFigures, DeploymentEvent } from "../events/deployment-events.ts";
import type { Comparing } from "../strategies/strategy.ts";
import { comparisonVerdict, figuresOf, nextComparison } from "./analysis/comparison.ts";
import type { LogEvidence } from "./analysis/evidence-value.ts";
import type { RecordedEvent } from "./journal.ts";
import { begin, next } from "./machine.ts";
import { narrate } from "./narrate.ts";
import type { Moving, RolloutState } from "./rollout-state.ts";

/** What was said of how a release fares: now and then while it is compared, and what came of it. */
export type Told = Extract<DeploymentEvent, { type: "verdictGiven" | "releasesCompared" }>;

/** One look at both releases, and what all looks until then come to. */
export interface Look {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Since the look before. */
  readonly candidate: Requests;
  readonly baseline: Requests;
  /** The highest that speaks against the release so far, as a logarithm. */
  readonly evidence: LogEvidence;
}

interface Requests {
  readonly requests: number;
  readonly errors: number;
}

/** A share of the requests at which both releases were compared. */
export interface PastShare {
  /** Index in the plan. */
  readonly step: number;
  /** What part of the requests the new release was to get, 0 to 1. */
  readonly share: number;
  readonly looks: readonly Look[];
  /** In order; the last one is what ended the step. [] when somebody ended it before, or it goes on. */
  readonly verdicts: readonly (Told & { type: "verdictGiven" })[];
  /** Where a regression showed. */
  readonly in?: "errors" | "latency";
}

/** How the releases of a deployment were compared, derived again from nothing but its journal. */
export interface PastComparison {
  readonly rules: Comparing;
  readonly thresholdsMs: readonly number[];
  readonly shares: readonly PastShare[];
  /** Everything that was said of it, in order. */
  readonly told: readonly Told[];
  /** All of it. */
  readonly figures: ComparisonFigures | undefined;
  /** Where the journal leads to. */
  readonly state: RolloutState;
}

/** Pure: the same for the same journal. `undefined` when the deployment was not to be judged by requests. */
export function pastComparison(
  about: { readonly environment: string; readonly deployment: number },
  [first, ...rest]: readonly RecordedEvent[],
): PastComparison | undefined {
  if (first?.event.type !== "begun" || first.event.plan.comparing === undefined) return undefined;
  const shares = new Map<number, { share: number; looks: Look[] } & Pick<PastShare, "in">>();
  const told: Told[] = [];
  let { state } = begin(first.event.plan, first.at);
  let thresholdsMs: readonly number[] = [];
  let figures: ComparisonFigures | undefined;
  for (const { at, event } of rest) {
    if (event.type === "begun") continue;
    const before = state;
    state = next(before, event, at).state;
    told.push(...narrate(about, before, event, state, at).filter(isTold));
    if (event.type === "comparisonBegun" && before.phase !== "ended" && before.comparison === undefined)
      ({ thresholdsMs } = event);
    if (event.type !== "counted" || !isCompared(before)) continue;
    const comparison = nextComparison(before.comparison, event.tick, event.share);
    const verdict = comparisonVerdict(comparison);
    const known = shares.get(before.step) ?? { share: event.share, looks: [] };
    const { candidate, baseline } = event.tick;
    known.looks.push({ at, candidate, baseline, evidence: comparison.analysis.highest });
    shares.set(before.step, { ...known, ...(verdict.verdict === "regression" && { in: verdict.in }) });
    figures = figuresOf(comparison);
  }
  return {
    rules: first.event.plan.comparing,
    thresholdsMs,
    shares: [...shares].map(([step, share]) => ({ step, ...share, verdicts: verdictsAt(step, told) })),
    told,
    figures,
    state,
  };
}

function isTold(event: DeploymentEvent): event is Told {
  return event.type === "verdictGiven" || event.type === "releasesCompared";
}

function isCompared(state: RolloutState): state is Moving & Required<Pick<Moving, "comparison">> {
  return state.phase === "forward" && state.comparison !== undefined;
}

function verdictsAt(step: number, told: readonly Told[]) {
  return told.filter((one) => one.type === "verdictGiven" && one.step === step) as PastShare["verdicts"];
}
