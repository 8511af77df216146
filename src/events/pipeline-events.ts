import type { Failure } from "../errors/failure.ts";
import type { CoverageFigures, QuarantineNotes, RunDigest, TestCounts } from "./test-events.ts";

/** What happens in a run of the pipeline. */
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
  readonly condition: "branch" | "changed" | "equals" | "isSet" | "installed";
  /** true: it should not hold. */
  readonly negated: boolean;
  /** The name of a variable. */
  readonly variable?: string;
  /** What was asked for: names of branches, patterns of files, a value, a program. */
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

/** What happens while changes are watched for. */
export type WatchEvent =
  /** All is done for the files as they are. `polling`: the system does not tell of changes, they are looked for. */
  | { type: "watchWaiting"; files: number; folders: number; polling: boolean }
  /** `files`: relative to the project, sorted. `supersedes`: the run that is cancelled for it. */
  | { type: "watchChanged"; files: readonly string[]; supersedes?: string };
