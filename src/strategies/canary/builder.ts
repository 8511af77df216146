import type { Duration } from "../../errors/duration.ts";
import type { OnNoEvidence } from "../step.ts";

/** Some of the requests first, and more only while the release is no worse than the one that serves. */
export interface CanaryStrategy {
  readonly kind: "strategy";
  readonly strategy: "canary";
  /** Percent of the requests that the new release gets, step by step, before it gets all of them. Default: 5, 25, 50. */
  readonly steps?: readonly number[];
  /** How long a step takes at most; it ends before that once the release is known to be good. Default: "10m". */
  readonly hold?: Duration;
  /** What follows when that time is over and there were too few requests to tell. Default: "hold", a person decides. */
  readonly onNoEvidence?: OnNoEvidence;
  /** How long the old instances stay up after the last step, for the way back. Default: "15m". */
  readonly bake?: Duration;
  readonly analysis?: AnalysisOptions;
}

/** How the new release is compared with the one that serves beside it. */
export interface AnalysisOptions {
  /** How often a release that is no worse may be taken out, however often one looks; from 0 to 1. Default: 0.01. */
  readonly alpha?: number;
  /** Up to how many times the errors of what serves are accepted, 1 or more. Default: 1, none more. */
  readonly tolerance?: number;
  /** For failures that come in clusters: a regression has to show second by second, too. Default: false. */
  readonly guarded?: boolean;
}

/**
 * Gives the new release some of the requests first, and more step by step. It is compared with what serves beside it, all the
 * time: one that is worse is taken out by itself.
 */
export function canary(options: Omit<CanaryStrategy, "kind" | "strategy"> = {}): CanaryStrategy {
  return Object.freeze({ ...options, kind: "strategy", strategy: "canary" });
}
