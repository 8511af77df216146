import type { Failure } from "../errors/failure.ts";

/**
 * Everything that can happen, as facts. Renderers (terminal, JSON, page) own the words. Durations are milliseconds.
 * Digests are the full `sha256:…` form; renderers shorten them.
 */
export type Event = PipelineEvent | ReleaseEvent | DeploymentEvent | EnvironmentEvent;

/** Takes events as they happen. Never throws, never waits. */
export type Emit = (event: Event) => void;

/** An event and when it happened (milliseconds since 1970). This is what `--json` prints, one per line. */
export type Recorded<E extends Event = Event> = E & { readonly at: number };

// ---------------------------------------------------------------- pipeline

export type PipelineEvent =
  | { type: "runStarted"; run: string; tasks: readonly PlannedTask[]; concurrency: number }
  | { type: "taskStarted"; task: string; attempt: number; reason: RunReason }
  /** `text`: a whole line, or several, without the last line end. */
  | { type: "taskOutput"; task: string; stream: "stdout" | "stderr"; text: string }
  /** The result was in the cache. `restored`: files written back; 0 when they were all in place. */
  | { type: "taskHit"; task: string; fingerprint: string; restored: number; savedMs: number; tests?: TestCounts }
  | {
      type: "taskFinished";
      task: string;
      outcome: TaskOutcome;
      durationMs: number;
      cache: CacheDecision;
      tests?: TestCounts;
    }
  | { type: "taskSkipped"; task: string; because: { reason: "needFailed"; need: string } | { reason: "cancelled" } }
  | { type: "runFinished"; run: string; outcome: RunOutcome; durationMs: number; counts: RunCounts };

export interface PlannedTask {
  readonly name: string;
  readonly stage: string;
  readonly needs: readonly string[];
}

/** Why a task runs instead of coming from the cache. */
export type RunReason =
  | { readonly reason: "forced" }
  | { readonly reason: "notCacheable"; readonly because: "noInputs" | "cacheOff" }
  | { readonly reason: "firstTime" }
  /** The first part of the fingerprint that is not as it was in the last run of this task. */
  | {
      readonly reason: "changed";
      readonly part: string;
      readonly before?: string;
      readonly after?: string;
      readonly others: number;
    }
  /** The fingerprint is known, but the stored result cannot be used. */
  | { readonly reason: "damagedEntry"; readonly part: string };

export type TaskOutcome =
  | { readonly outcome: "succeeded" }
  | { readonly outcome: "failed"; readonly failures: readonly Failure[] }
  | { readonly outcome: "cancelled" };

export type CacheDecision =
  | { readonly stored: true; readonly fingerprint: string }
  | {
      readonly stored: false;
      readonly because: "failed" | "cancelled" | "noInputs" | "cacheOff" | "inputsChanged" | "storeFailed";
      readonly detail?: string;
    };

export type RunOutcome = "succeeded" | "failed" | "cancelled";

export interface RunCounts {
  readonly hits: number;
  readonly ran: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

// ---------------------------------------------------------------- release

export type ReleaseEvent = { type: "releasePacked"; release: string; files: number; bytes: number; isNew: boolean };

// ---------------------------------------------------------------- deployment

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
    }
  /** A new agent took over a deployment that an earlier one left unfinished. */
  | { type: "deploymentResumed"; environment: string; deployment: number; step: number }
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

export type DeploymentKind = "deploy" | "promote" | "rollback";
export type Direction = "forward" | "revert";

/** What a step does, for people: the plan's line. */
export interface StepSummary {
  readonly kind: "migrate" | "start" | "check" | "route" | "drain" | "stop";
  /** Instance ids, or the name of the check or of the migrating service. */
  readonly subjects: readonly string[];
}

/** `deployed`: the release serves. `reverted`: it was taken out, what served before serves. `stuck`: neither is certain. */
export type DeploymentOutcome = "deployed" | "reverted" | "stuck";

// ---------------------------------------------------------------- environment

export type EnvironmentEvent =
  | { type: "instanceStarted"; environment: string; instance: string; address: string }
  | { type: "instanceHealthy"; environment: string; instance: string; afterMs: number }
  | { type: "instanceLost"; environment: string; instance: string; failures: readonly Failure[]; restartInMs: number }
  | { type: "instanceStopped"; environment: string; instance: string; how: "asked" | "killed" | "gone" }
  | {
      type: "trafficSwitched";
      environment: string;
      to: readonly { release: string; weight: number; instances: number }[];
    }
  | { type: "gatewayStarted"; address: string }
  | { type: "gatewayLost"; restartInMs: number }
  | { type: "environmentStopped"; environment: string };
