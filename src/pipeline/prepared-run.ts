import type { Locate } from "./pipeline-run.ts";
import type { RunPlan } from "./plan-run.ts";
import type { RunOptions } from "./run-options.ts";
import type { StandingWatch } from "./standing/keep-standing.ts";
import type { PipelinePaths } from "./state-folder.ts";

/** A run that is planned and has the project to itself. */
export interface PreparedRun extends RunPlan {
  readonly options: RunOptions;
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  /** Aborted by the caller, or by the run itself: end what runs, start nothing. */
  readonly signal: AbortSignal;
  /** Aborted by the run itself alone. */
  readonly stop: AbortController;
  readonly markName: string;
  readonly locate: Locate;
  /** Whether no other run can be under way, not even one that this one is part of. */
  readonly mayCollect: boolean;
  readonly watch: StandingWatch | undefined;
}
