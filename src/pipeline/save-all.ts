import type { Failure } from "../errors/failure.ts";
import { fileFailure } from "../files/file-failure.ts";
import { limitsOf } from "./collect/limits.ts";
import { tidyIfDue } from "./collect/tidy.ts";
import type { PreparedRun } from "./prepared-run.ts";
import type { RunContext } from "./run-context.ts";
import { forgetOldRuns, type RunRecord, saveRun } from "./run-record.ts";

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
