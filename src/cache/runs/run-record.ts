import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type {
  CacheDecision,
  CoverageFigures,
  FailingTest,
  QuarantineNotes,
  RunOutcome,
  RunReason,
  SelectionReason,
  SkipReason,
  TestCounts,
} from "../../events/event.ts";
import { isRecord } from "../../files/is-record.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { pipelinePaths } from "../../files/state-folder.ts";
import { writeQuickly } from "../../files/write-quickly.ts";

/** One run, as it is kept: what was decided for each task, and why. Times are milliseconds since 1970. */
export interface RunRecord {
  readonly schema: 1;
  readonly run: string;
  readonly startedAt: number;
  /** Absent when the run was killed, or is still going on. */
  readonly outcome?: RunOutcome;
  readonly durationMs?: number;
  /** The commit that was checked out, when there is a git repository. The files may have differed from it. */
  readonly commit?: string;
  /** The tasks asked for; empty for all. */
  readonly asked: readonly string[];
  readonly force: boolean;
  readonly concurrency: number;
  /** In the graph's order. */
  readonly tasks: Readonly<Record<string, TaskRecord>>;
}

export interface TaskRecord {
  readonly stage: string;
  readonly needs: readonly string[];
  readonly fingerprint?: string;
  readonly result: TaskResult;
  /** Why it was among the tasks of the run, when it was chosen by what had changed or by a filter. */
  readonly selected?: SelectionReason;
  /** The group in which it had to wait, because so many of it ran already. */
  readonly queued?: { readonly group: string; readonly limit: number };
  /** Digest of what it wrote. */
  readonly outputs?: string;
  readonly tests?: TestCounts;
  readonly coverage?: CoverageFigures;
  readonly quarantine?: QuarantineNotes;
  /** The first tests that failed. */
  readonly failing?: readonly FailingTest[];
  /** The task's test files that have all of its failures; absent when that is not known. */
  readonly failingFiles?: readonly string[];
  /** Where its output is: in the run's folder, or as a blob of the cache. */
  readonly log?: { readonly file: string } | { readonly blob: string };
}

/** What became of a task, and why it ran, did not have to, or could not. */
export type TaskResult =
  | { readonly result: "open" }
  | { readonly result: "hit"; readonly restored: number; readonly savedMs: number }
  | { readonly result: "skipped"; readonly because: SkipReason }
  | {
      readonly result: "succeeded" | "failed" | "cancelled";
      readonly reason: RunReason;
      readonly durationMs: number;
      readonly attempts: number;
      readonly cache: CacheDecision;
      readonly failures: readonly Failure[];
      /** Of a failure: the run went on as if it had succeeded. */
      readonly allowed?: true;
    };

const kept = 50;

/** Makes the folder of a new run, which has the next number. @throws the system's error. */
export function nextRun(runsFolder: string): string {
  makeFolder(runsFolder);
  for (let number = (runNumbers(runsFolder).at(-1) ?? 0) + 1; ; number++) {
    try {
      mkdirSync(join(runsFolder, String(number)), { mode: 0o700 });
      return String(number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** @throws the system's error. */
export function saveRun(runsFolder: string, record: RunRecord): void {
  writeQuickly(join(runsFolder, record.run, "run.json"), JSON.stringify(record));
}

/** The same, with the tasks as they were written by `JSON.stringify` before. @throws the system's error. */
export function saveRunAs(runsFolder: string, head: Omit<RunRecord, "tasks">, tasks: string): void {
  const text = `${JSON.stringify(head).slice(0, -1)},"tasks":${tasks}}`;
  writeQuickly(join(runsFolder, head.run, "run.json"), text);
}

/** Removes all but the last 50 runs. @throws the system's error. */
export function forgetOldRuns(runsFolder: string): void {
  for (const number of runNumbers(runsFolder).slice(0, -kept))
    rmSync(join(runsFolder, String(number)), { recursive: true, force: true });
}

/** The record of a run, or of the last one. Fails with `unknown-run`. */
export function readRun(stateFolder: string, run: string): Result<RunRecord> {
  const folder = pipelinePaths(stateFolder).runs;
  const numbers = runNumbers(folder);
  const number = run === "last" ? numbers.at(-1) : numbers.find((each) => String(each) === run);
  const record =
    number === undefined
      ? undefined
      : parseRecord(readTextIfThere(join(folder, String(number), "run.json"), { forgive: "everything" }));
  if (record !== undefined) return ok(record);
  return failed(number === undefined ? unknownRun(run, numbers) : damagedRun(number));
}

/** The records that can be read, oldest first. */
export function listRuns(stateFolder: string): RunRecord[] {
  const folder = pipelinePaths(stateFolder).runs;
  const texts = runNumbers(folder).map((number) =>
    readTextIfThere(join(folder, String(number), "run.json"), { forgive: "everything" }),
  );
  return texts.map(parseRecord).filter((record) => record !== undefined);
}

/** The records of the runs before one that can be read, newest first; each is read when it is asked for. */
export function* readRecords(runsFolder: string, before: string): Iterable<RunRecord> {
  for (const number of runNumbers(runsFolder).reverse()) {
    if (number >= Number(before)) continue;
    const record = parseRecord(
      readTextIfThere(join(runsFolder, String(number), "run.json"), { forgive: "everything" }),
    );
    if (record !== undefined) yield record;
  }
}

/** What decisions of later runs are based on; what is only told is checked by who tells it. */
function isTaskRecord(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.result)) return false;
  const { result, cache } = value.result;
  if (result === "open" || result === "hit" || result === "skipped") return true;
  return (result === "succeeded" || result === "failed" || result === "cancelled") && isRecord(cache);
}

function unknownRun(run: string, numbers: readonly number[]): Failure {
  if (numbers.length === 0) {
    const hint = "Run the pipeline first: tidegate run";
    return { code: "unknown-run", message: "No run is recorded yet", hint };
  }
  const hint = `Runs ${numbers[0]} to ${numbers.at(-1)} are recorded.`;
  return { code: "unknown-run", message: `There is no run ${run}`, hint };
}

function damagedRun(number: number): Failure {
  const hint = "It was truncated, edited, or written by another version; the next run writes a new one.";
  return { code: "state-damaged", message: `The record of run ${number} is damaged`, hint };
}

function runNumbers(folder: string): number[] {
  try {
    const names = readdirSync(folder).filter((name) => /^[1-9]\d{0,14}$/.test(name));
    return names.map(Number).sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function parseRecord(text: string | undefined): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    const isRun =
      isRecord(value) &&
      value.schema === 1 &&
      typeof value.run === "string" &&
      isRecord(value.tasks) &&
      Object.values(value.tasks).every(isTaskRecord);
    return isRun ? (value as unknown as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}
