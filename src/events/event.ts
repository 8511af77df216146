import type { Failure } from "../errors/failure.ts";
import type { MadeEnvironmentEvent } from "./made-events.ts";
import type { ResourceEvent } from "./resource-events.ts";
import type { CoverageFigures, QuarantineNotes, RunDigest, TestCounts } from "./test-events.ts";
import type { Share, Traffic } from "./traffic.ts";

export type * from "./made-events.ts";
export type * from "./resource-events.ts";
export type * from "./test-events.ts";

/**
 * Everything that can happen, as facts. Renderers (terminal, JSON, page) own the words. Durations are milliseconds.
 * Digests are the full `sha256:…` form; renderers shorten them.
 */
export type Event = PipelineEvent | WatchEvent | ReleaseEvent | DeploymentEvent | EnvironmentEvent | ResourceEvent;

/** Takes events as they happen. Never throws, never waits. */
export type Emit = (event: Event) => void;

/** An event and when it happened (milliseconds since 1970). */
export type Recorded<E extends Event = Event> = E & { readonly at: number };

// ---------------------------------------------------------------- pipeline

export type PipelineEvent =
  | {
      type: "runStarted";
      project: string;
      run: string;
      tasks: readonly PlannedTask[];
      concurrency: number;
      /** Only what changed files reach was asked for, counted from here. */
      comparedWith?: ComparedWith;
    }
  | { type: "taskStarted"; task: string; attempt: number; reason: RunReason }
  /** `text`: a whole line, or several, without the last line end. */
  | { type: "taskOutput"; task: string; stream: "stdout" | "stderr"; text: string }
  /** The result was in the cache. `restored`: files written back; 0 when they were all in place. */
  | {
      type: "taskHit";
      task: string;
      fingerprint: string;
      restored: number;
      savedMs: number;
      tests?: TestCounts;
      coverage?: CoverageFigures;
    }
  | {
      type: "taskFinished";
      task: string;
      outcome: TaskOutcome;
      durationMs: number;
      cache: CacheDecision;
      tests?: TestCounts;
      coverage?: CoverageFigures;
      quarantine?: QuarantineNotes;
    }
  /**
   * What a task did beyond what it declares, as far as it was watched. `outside`: read outside of the project; other
   * paths are relative to it. `add`: lines for its definition.
   */
  | {
      type: "taskAudited";
      task: string;
      reads: readonly string[];
      writes: readonly string[];
      outside: readonly string[];
      add: readonly string[];
    }
  | { type: "taskSkipped"; task: string; because: SkipReason }
  /** Why a task is among those of the run, when it was chosen by what has changed or by a filter. */
  | { type: "taskSelected"; task: string; because: SelectionReason }
  /** The task could start, but so many of its group run already. */
  | { type: "taskQueued"; task: string; group: string; limit: number }
  /** What failed, before the end of a run that failed. */
  | ({ type: "runDigest"; run: string } & RunDigest)
  | { type: "runFinished"; run: string; outcome: RunOutcome; durationMs: number; counts: RunCounts };

/** What changes were counted from. */
export interface ComparedWith {
  /** As it was asked for, or found: `origin/main`. */
  readonly since: string;
  /** The commit at which the branch left it. */
  readonly commit: string;
}

export interface PlannedTask {
  readonly name: string;
  readonly stage: string;
  readonly needs: readonly string[];
}

export type SkipReason =
  | { readonly reason: "needFailed"; readonly need: string }
  | { readonly reason: "cancelled" }
  /** Its condition does not hold: these parts of it. */
  | { readonly reason: "condition"; readonly unmet: readonly UnmetCondition[] }
  /** What it needs was skipped because of a condition, or there is nothing to clean up. */
  | { readonly reason: "needSkipped"; readonly need: string }
  /** Its result of that run stands: while changes are watched for, nothing that it reads has changed since. */
  | { readonly reason: "unaffected"; readonly run: string };

/** A part of a task's condition that does not hold, or that holds and should not. */
export interface UnmetCondition {
  readonly condition: "branch" | "changed" | "equals" | "isSet";
  /** true: it should not hold. */
  readonly negated: boolean;
  /** The name of a variable. */
  readonly variable?: string;
  /** What was asked for: names of branches, patterns of files, a value. */
  readonly wanted: readonly string[];
  /** What was found instead; absent when there is nothing, or when it may be a secret. */
  readonly found?: string;
  /** There is a value, which is not shown. */
  readonly hidden?: true;
}

export type SelectionReason =
  | { readonly reason: "named" }
  | { readonly reason: "filter"; readonly filter: string }
  /** A file that it reads was changed. */
  | { readonly reason: "changedFile"; readonly file: string }
  /** What it needs was selected because of a change. */
  | { readonly reason: "needAffected"; readonly need: string }
  | { readonly reason: "neededBy"; readonly task: string }
  /** It cleans up behind this task. */
  | { readonly reason: "cleansUp"; readonly task: string };

/** Why a task runs instead of coming from the cache. */
export type RunReason =
  | { readonly reason: "forced" }
  | { readonly reason: "notCacheable"; readonly because: "noInputs" | "cacheOff" }
  | { readonly reason: "firstTime" }
  /** Nothing has changed since it last ran, but there is no result: that run failed, or its result was not kept. */
  | {
      readonly reason: "noResult";
      readonly because: "failed" | "cancelled" | "notStored" | "gone";
      /** The run that it last ran in. */
      readonly run?: string;
      readonly detail?: string;
    }
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
  /** `allowed`: the run goes on as if it had succeeded. */
  | { readonly outcome: "failed"; readonly failures: readonly Failure[]; readonly allowed?: true }
  | { readonly outcome: "cancelled" };

/** An output that is a link, and what is written in it. */
export interface LinkedOutput {
  readonly path: string;
  readonly target: string;
}

export type CacheDecision =
  /** `leadsOut`: the first output that is a link out of the project; where the result is used, it may lead elsewhere. */
  | { readonly stored: true; readonly fingerprint: string; readonly leadsOut?: LinkedOutput }
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
  /** Of the failed ones, those that are allowed to fail. */
  readonly allowed?: number;
}

// ---------------------------------------------------------------- watch

export type WatchEvent =
  /** All is done for the files as they are. `polling`: the system does not tell of changes, they are looked for. */
  | { type: "watchWaiting"; files: number; folders: number; polling: boolean }
  /** `files`: relative to the project, sorted. `supersedes`: the run that is cancelled for it. */
  | { type: "watchChanged"; files: readonly string[]; supersedes?: string };

// ---------------------------------------------------------------- release

export type ReleaseEvent =
  | { type: "releasePacked"; release: string; files: number; bytes: number; isNew: boolean }
  /** It may not be deployed any more, anywhere. */
  | { type: "releaseRefused"; release: string; reason: string }
  /** It may be deployed again. */
  | { type: "releaseCleared"; release: string }
  /**
   * The secrets file of an environment (or of `shared`) was written. `keys`: whose values are other ones now; [] when only
   * who may read it is.
   */
  | { type: "secretsChanged"; place: string; keys: readonly string[] }
  /** The values of so many secrets are in none of the files. `unchecked`: secrets whose values could not be read here. */
  | { type: "releaseScanned"; files: number; bytes: number; secrets: number; unchecked: readonly UncheckedSecret[] };

export interface UncheckedSecret {
  readonly environment: string;
  readonly key: string;
  /** `trivial`: the value is one that cannot be a secret. */
  readonly because: "missing" | "unreadable" | "trivial";
}

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
      /** Services of the release that do not run in this preview; absent: all run. */
      off?: readonly string[];
    }
  /** A new agent took over a deployment that an earlier one left unfinished. */
  | { type: "deploymentResumed"; environment: string; deployment: number; step: number }
  /** It goes back, if it still goes forward. */
  | { type: "abortRequested"; environment: string; deployment: number }
  /** Nothing further begins until it is told to go on. */
  | { type: "deploymentPaused"; environment: string; deployment: number; step: number }
  /** `promoted`: without waiting for what is left of an observation. */
  | { type: "deploymentContinued"; environment: string; deployment: number; step: number; promoted: boolean }
  | {
      type: "verdictGiven";
      environment: string;
      deployment: number;
      step: number;
      verdict: "regression" | "good" | "notEnoughEvidence";
      failures: readonly Failure[];
    }
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

/** What a step does, for people: the plan's line. */
export interface StepSummary {
  readonly kind: "migrate" | "start" | "check" | "route" | "drain" | "stop" | "observe" | "hold" | "gate";
  /** Instance ids, or the name of the check, of the gate or of the migrating service; [] where there is none. */
  readonly subjects: readonly string[];
  /** The instance that a check is run against. */
  readonly against?: string;
  /** How the requests are shared after a `route`. Absent in what older versions wrote. */
  readonly traffic?: Traffic;
  /** How long an `observe` takes at most. */
  readonly forMs?: number;
}

/** `deployed`: the release serves. `reverted`: it was taken out, what served before serves. `stuck`: neither is certain. */
export type DeploymentOutcome = "deployed" | "reverted" | "stuck";

// ---------------------------------------------------------------- environment

export type EnvironmentEvent =
  | MadeEnvironmentEvent
  | { type: "instanceStarted"; environment: string; instance: string; address: string }
  | { type: "instanceHealthy"; environment: string; instance: string; afterMs: number }
  | { type: "instanceLost"; environment: string; instance: string; failures: readonly Failure[]; restartInMs: number }
  | { type: "instanceStopped"; environment: string; instance: string; how: "asked" | "killed" | "gone" }
  | {
      type: "trafficSwitched";
      environment: string;
      to: readonly (Share & { readonly instances: number })[];
    }
  | { type: "gatewayStarted"; address: string }
  | { type: "gatewayLost"; restartInMs: number }
  /** What was deployed is to run (again). */
  | { type: "environmentStarted"; environment: string }
  | { type: "environmentStopped"; environment: string }
  /** Its data was removed, and what it served is forgotten. */
  | { type: "environmentDestroyed"; environment: string }
  /** What runs was seen not to be what was deployed. `subjects`: see `subjectOf`; sorted. */
  | { type: "driftFound"; environment: string; subjects: readonly string[]; checked: number; total: number }
  /** What was found before was seen to be gone, without anybody having mended it here. */
  | { type: "driftGone"; environment: string }
  /** It was brought back; `left`: what could not be. */
  | { type: "driftMended"; environment: string; subjects: readonly string[]; left: readonly string[] };
