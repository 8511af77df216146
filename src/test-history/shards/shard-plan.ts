import { hash } from "node:crypto";
import { join } from "node:path";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeQuickly } from "../../files/write-quickly.ts";
import { type Assignment, assignFiles, keepAssignment, longestShard, type WeighedFile } from "./assign-files.ts";

/**
 * Which shard each test file of a task is in, and how long each takes. It is kept so that a file stays in its shard as
 * long as that is good: another division is another command, and finds nothing in the cache.
 */
export interface ShardPlan {
  readonly assignment: Assignment;
  /** Milliseconds, of the files of which that is known. */
  readonly durations: Readonly<Record<string, number>>;
}

/** The plan for the files that there are now: the kept one as far as it fits. */
export function planShards(kept: ShardPlan | undefined, files: readonly string[], shards: number): ShardPlan {
  const durations = Object.fromEntries(
    files.flatMap((file) => (kept && Object.hasOwn(kept.durations, file) ? [[file, kept.durations[file]!]] : [])),
  );
  const weighed = weigh(files, durations);
  const assignment = (kept && keepAssignment(kept.assignment, weighed, shards)) ?? assignFiles(weighed, shards);
  return { assignment, durations };
}

function weigh(files: readonly string[], durations: Readonly<Record<string, number>>): WeighedFile[] {
  return files.map((file) => (Object.hasOwn(durations, file) ? { file, durationMs: durations[file]! } : { file }));
}

/** `undefined` when there is none, or it cannot be read: then one is made. */
export function readShardPlan(folder: string, task: string): ShardPlan | undefined {
  try {
    const value: unknown = JSON.parse(readTextIfThere(pathOf(folder, task), { forgive: "everything" }) ?? "");
    return isShardPlan(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes nothing when it is there already. @throws the system's error. */
export function saveShardPlan(folder: string, task: string, plan: ShardPlan): void {
  const text = JSON.stringify(plan);
  const path = pathOf(folder, task);
  if (readTextIfThere(path, { forgive: "everything" }) !== text) writeQuickly(path, text);
}

/** Names of tasks of a matrix may be long, and have characters that file names should not have. */
function pathOf(folder: string, task: string): string {
  return join(folder, `${hash("sha256", task).slice(0, 32)}.json`);
}

function isShardPlan(value: unknown): value is ShardPlan {
  if (!isRecord(value) || !Array.isArray(value.assignment) || !isRecord(value.durations)) return false;
  const isPart = (part: unknown) => Array.isArray(part) && part.every((file) => typeof file === "string");
  const isDuration = (duration: unknown) => typeof duration === "number" && Number.isFinite(duration) && duration >= 0;
  return value.assignment.every(isPart) && Object.values(value.durations).every(isDuration);
}

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
