import type { StandingWatch } from "../cache/standing/keep-standing.ts";
import type { PipelinePaths } from "../files/state-folder.ts";
import type { CacheKey } from "../secrets/cache-key.ts";
import type { RunPlan } from "./plan/plan-run.ts";
import type { RunOptions } from "./plan/run-options.ts";
import type { Locate } from "./task-run.ts";

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
  /** Under which the cache is read and written. */
  readonly cacheKey: CacheKey;
  readonly locate: Locate;
  /** Whether no other run can be under way, not even one that this one is part of. */
  readonly mayCollect: boolean;
  readonly watch: StandingWatch | undefined;
}
