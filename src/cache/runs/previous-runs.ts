import type { RunReason } from "../../events/event.ts";
import { type RunRecord, readRecords, type TaskRecord } from "./run-record.ts";

type NoResult = Extract<RunReason, { reason: "noResult" }>;

/** Finds out what became of a task in earlier runs. Reads records only when it is asked, each once, newest first. */
export class PreviousRuns {
  readonly #records: Iterator<RunRecord>;
  readonly #seen: RunRecord[] = [];

  /** `runsFolder`: of the pipeline; `current`: the run that is under way. */
  constructor(runsFolder: string, current: string) {
    this.#records = readRecords(runsFolder, current)[Symbol.iterator]();
  }

  /** Why there is no result for a fingerprint that the task had before. */
  whyNoResult(task: string, fingerprint: string): NoResult {
    for (const { run, tasks } of this.#newestFirst()) {
      const record = Object.hasOwn(tasks, task) ? tasks[task] : undefined;
      if (record === undefined || record.result.result === "skipped") continue;
      if (record.result.result === "open") return { reason: "noResult", because: "cancelled", run };
      if (record.fingerprint !== fingerprint) break;
      return { reason: "noResult", ...fate(record.result), run };
    }
    return { reason: "noResult", because: "gone" };
  }

  *#newestFirst(): Iterable<RunRecord> {
    yield* this.#seen;
    for (let next = this.#records.next(); !next.done; next = this.#records.next()) {
      this.#seen.push(next.value);
      yield next.value;
    }
  }
}

type Known = Exclude<TaskRecord["result"], { result: "open" | "skipped" }>;

function fate(result: Known): Pick<NoResult, "because" | "detail"> {
  if (result.result === "failed" || result.result === "cancelled") return { because: result.result };
  if (result.result === "hit" || result.cache.stored) return { because: "gone" };
  const { detail } = result.cache;
  return { because: "notStored", ...(detail !== undefined && { detail }) };
}
