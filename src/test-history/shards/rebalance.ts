import { assignFiles, longestShard } from "./assign-files.ts";
import { type ShardPlan, weigh } from "./shard-plan.ts";

/** A new division must be this much shorter to be worth that nothing is found in the cache once. */
const worthIt = 1.25;

/**
 * A plan with what is known now of how long files take. Files change shards only when the longest shard takes at least a
 * quarter longer than it would have to.
 */
export function rebalance({ assignment, durations }: ShardPlan, measured: ReadonlyMap<string, number>): ShardPlan {
  const files = assignment.flat();
  const known = Object.fromEntries(
    files.flatMap((file) => {
      const duration = measured.get(file) ?? (Object.hasOwn(durations, file) ? durations[file] : undefined);
      return duration === undefined ? [] : [[file, Math.round(duration)]];
    }),
  );
  const weighed = weigh(files, known);
  const fresh = assignFiles(weighed, assignment.length);
  const isBetter = longestShard(assignment, weighed) > worthIt * longestShard(fresh, weighed);
  return { assignment: isBetter ? fresh : assignment, durations: known };
}
