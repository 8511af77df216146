import type { OutputManifest } from "../cache/outputs/manifest.ts";
import type { TaskRecord } from "../cache/runs/run-record.ts";
import type { Problem } from "../definition/problem.ts";
import type { Failure } from "../errors/failure.ts";

/** What became of a task. */
export interface TaskRun {
  readonly record: TaskRecord;
  readonly fingerprint?: string;
  /** What it wrote; absent when it did not succeed, or when its outputs cannot be described. */
  readonly outputs?: OutputManifest;
  /** Empty unless it failed and was not allowed to. */
  readonly failures: readonly Failure[];
}

/** A success of an earlier run that needs no other: nothing that the task reads was seen to change since. */
export interface EarlierSuccess {
  readonly run: string;
  readonly outputs?: OutputManifest;
}

/** Finds the places of problems in the definition. */
export type Locate = (problems: readonly Problem[]) => Promise<readonly Failure[]> | readonly Failure[];
