import { limitsOf } from "../../cache/collect/limits.ts";
import { tidyIfDue } from "../../cache/collect/tidy.ts";
import { forgetOldRuns, type RunRecord, saveRun } from "../../cache/runs/run-record.ts";
import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import type { RunContext } from "../../runner/run-context.ts";
import type { PreparedRun } from "../prepared-run.ts";

/** A run that stored nothing has nothing to tidy up after, and does not look. */
export function tidyAfter({ options, paths, mayCollect, cacheKey }: PreparedRun, { cache, now }: RunContext): Tidy {
  return async () => {
    if (cache.storedBytes === 0 || !mayCollect) return ok();
    const tidied = await tidyIfDue(paths, cacheKey, limitsOf(options.project.cache), now(), cache.storedBytes);
    return tidied.ok ? ok() : tidied;
  };
}

type Tidy = () => Promise<Result<void>>;

/** Each is tried, whatever became of the others: a full disk must not hide how the run ended. */
export async function saveAll(context: RunContext, record: RunRecord, tidy: Tidy): Promise<Failure[]> {
  const { index, paths } = context;
  const work = [() => saveRun(paths.runs, record), () => index.save(), () => forgetOldRuns(paths.runs)];
  const done = [];
  for (const each of [...work.map((one) => () => saved(one)), tidy]) done.push(await guardDisk(each));
  return done.flatMap((one) => (one.ok ? [] : one.failures));
}

function saved(save: () => void): Result<void> {
  save();
  return ok();
}
