import type { Failure } from "../errors/failure.ts";
import type { Traffic } from "./traffic.ts";

/** What happens in a deployment, from the queue to its end. */
export type DeploymentEvent =
  | { type: "deploymentQueued"; environment: string; release: string; behind: number }
  | {
      type: "deploymentStarted";
      environment: string;
      deployment: number;
      release: string;
      from?: string;
      kind: DeploymentKind;
      strategy: string;
      steps: readonly StepSummary[];
      /** Services of the release that do not run in this preview; absent: all run. */
      off?: readonly string[];
      /** Requests are refused for a while; the last time for so long. Absent: none are. */
      unserved?: { readonly lastMs?: number };
    }
  /** It begins although this gate might have refused it: somebody has set the gate aside. */
  | { type: "gateOverridden"; environment: string; deployment: number; gate: string; reason: string }
  /** A new agent took over a deployment that an earlier one left unfinished. */
  | { type: "deploymentResumed"; environment: string; deployment: number; step: number }
  /** It goes back, if it still goes forward. */
  | { type: "abortRequested"; environment: string; deployment: number }
  /** Nothing further begins until it is told to go on. */
  | { type: "deploymentPaused"; environment: string; deployment: number; step: number }
  /** `promoted`: without waiting for what is left of an observation. */
  | {
      type: "deploymentContinued";
      environment: string;
      deployment: number;
      step: number;
      promoted: boolean;
      reason?: string;
    }
  | {
      type: "verdictGiven";
      environment: string;
      deployment: number;
      step: number;
      verdict: "regression" | "good" | "notEnoughEvidence";
      failures: readonly Failure[];
      /** What it was told by; absent: by a command, not by counting. */
      figures?: ComparisonFigures;
      /** What follows when there is not enough evidence. */
      follows?: "hold" | "promote" | "revert";
      /** Why there is not: the requests were not shared out as they should be. Absent: there were too few. */
      because?: "shareMismatch";
    }
  /** How the new release fares so far, beside the one that serves. */
  | { type: "releasesCompared"; environment: string; deployment: number; step: number; figures: ComparisonFigures }
  | { type: "gateAnswered"; environment: string; deployment: number; step: number; gate: string; granted: boolean }
  | {
      type: "stepStarted";
      environment: string;
      deployment: number;
      step: number;
      direction: Direction;
      summary: StepSummary;
    }
  | {
      type: "stepFinished";
      environment: string;
      deployment: number;
      step: number;
      direction: Direction;
      durationMs: number;
      /** Requests that were still under way when a drain's time was over; absent when all had ended. */
      left?: number;
    }
  | {
      type: "stepFailed";
      environment: string;
      deployment: number;
      step: number;
      direction: Direction;
      failures: readonly Failure[];
    }
  | {
      type: "revertStarted";
      environment: string;
      deployment: number;
      failures: readonly Failure[];
      steps: readonly StepSummary[];
    }
  /** `text`: a whole line, or several, without the last line end. */
  | { type: "jobOutput"; environment: string; deployment: number; job: string; text: string }
  | {
      type: "deploymentFinished";
      environment: string;
      deployment: number;
      release: string;
      outcome: DeploymentOutcome;
      serving?: string;
      durationMs: number;
      failures: readonly Failure[];
    };

/** `mend`: what serves is replaced by the same, because what ran was not what was deployed. */
export type DeploymentKind = "deploy" | "promote" | "rollback" | "mend";
export type Direction = "forward" | "revert";

/** Requests of both releases since they were first compared, and what they come to. */
export interface ComparisonFigures {
  readonly candidate: { readonly requests: number; readonly errors: number };
  readonly baseline: { readonly requests: number; readonly errors: number };
  /** An e-value: how much speaks against the new release. */
  readonly evidence: number;
  /** From this on it is a regression. */
  readonly needed: number;
}

/** What a step does, for people: the plan's line. */
export interface StepSummary {
  readonly kind: "migrate" | "start" | "check" | "route" | "drain" | "stop" | "prove" | "observe" | "hold" | "gate";
  /** Instance ids, or the name of the check, of the gate or of the migrating service; [] where there is none. */
  readonly subjects: readonly string[];
  /** The instance that a check is run against. */
  readonly against?: string;
  /** How the requests are shared after a `route`. Absent in what older versions wrote. */
  readonly traffic?: Traffic;
  /** How long an `observe` takes at most. */
  readonly forMs?: number;
  /** An `observe` that compares both releases; absent: it keeps what served before for the way back. */
  readonly compares?: true;
}

/**
 * `deployed`: the release serves. `reverted`: it was taken out, what served before serves. `stuck`: neither is certain. `frozen`: it
 * failed and was left as it stood, because its migration cannot be taken back.
 */
export type DeploymentOutcome = (typeof deploymentOutcomes)[number];

export const deploymentOutcomes = ["deployed", "reverted", "stuck", "frozen"] as const;
