import { limitsOf } from "../../cache/collect/limits.ts";
import { tidyIfDue } from "../../cache/collect/tidy.ts";
import { forgetOldRuns, type RunRecord, saveRun } from "../../cache/runs/run-record.ts";
import type { Failure } from "../../errors/failure.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { RunContext } from "../../runner/run-context.ts";
import type { PreparedRun } from "../prepared-run.ts";

/** A run that stored nothing has nothing to tidy up after, and does not look. */
export function tidyAfter({ options, paths, mayCollect }: PreparedRun, { cache, now }: RunContext): () => void {
  return () => {
    if (cache.storedBytes > 0 && mayCollect)
      tidyIfDue(paths, limitsOf(options.project.cache), now(), cache.storedBytes);
  };
}

/** Each is tried, whatever became of the others: a full disk must not hide how the run ended. */
export function saveAll(context: RunContext, record: RunRecord, tidy: () => void): Failure[] {
  const { index, paths } = context;
  const work = [() => saveRun(paths.runs, record), () => index.save(), () => forgetOldRuns(paths.runs), tidy];
  return work.flatMap((each) => {
    try {
      each();
      return [];
    } catch (error) {
      const failure = fileFailure(error);
      if (failure === undefined) throw error;
      return [failure];
    }
  });
}
