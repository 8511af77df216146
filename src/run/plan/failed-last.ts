import type { RunRecord } from "../../cache/runs/run-record.ts";

/** What failed in a run, to be run again. */
export interface FailedLast {
  /** Names of tasks, shards included. */
  readonly tasks: readonly string[];
  /** Of tasks that are told their test files: those with the failures, where that is known of all failures. */
  readonly onlyFiles: ReadonlyMap<string, readonly string[]>;
}

export function failedLast({ tasks }: RunRecord): FailedLast {
  const failed = Object.entries(tasks).filter(([, { result }]) => result.result === "failed");
  const files = failed.flatMap(([name, { failingFiles = [] }]) =>
    failingFiles.length === 0 ? [] : [[name, failingFiles] as const],
  );
  return { tasks: failed.map(([name]) => name), onlyFiles: new Map(files) };
}

/** The task that a shard was made of: with another number of shards there may be no such shard any more. */
export function withoutShard(name: string): string {
  return name.replace(/\[shard=\d+\]$/, "").replace(/,shard=\d+\]$/, "]");
}
