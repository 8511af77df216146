import type { CacheDecision, RunReason } from "../../events/event.ts";
import type { TaskRecord } from "../../pipeline/run-record.ts";
import { showDuration } from "../render/quantities.ts";
import {
  showCacheDecision,
  showHit,
  showReasonInFull,
  showSelection,
  showSkip,
  showTests,
} from "../render/words/pipeline.ts";

/** Why a task ran or did not, and what became of it: the first line is the answer. */
export function explanation(name: string, run: string, task: TaskRecord): string[] {
  const selected = task.selected === undefined ? [] : [`  selected: ${showSelection(task.selected)}`];
  return [...fateOf(name, run, task), ...selected];
}

function fateOf(name: string, run: string, task: TaskRecord): string[] {
  const { result } = task;
  const about = `${name} in run ${run}`;
  switch (result.result) {
    case "open":
      return [`${about} has not ended: the run is still going on, or was killed`];
    case "hit":
      return [
        `${about} came from the cache: nothing that could change its result has changed`,
        `  ${showHit(result.restored, result.savedMs)}`,
        ...fingerprintLine(task),
        ...testLine(task),
      ];
    case "skipped":
      return [`${about} was skipped: ${showSkip(result.because)}`];
    case "succeeded":
    case "failed":
    case "cancelled":
      return ranLines(about, task, result);
    default:
      return result satisfies never;
  }
}

interface Ran {
  readonly result: string;
  readonly reason: RunReason;
  readonly durationMs: number;
  readonly attempts: number;
  readonly cache: CacheDecision;
}

function ranLines(about: string, task: TaskRecord, ran: Ran): string[] {
  const [reason = "", ...more] = showReasonInFull(ran.reason);
  if (ran.attempts === 0) return [`${about} could not be run`];
  const attempts = ran.attempts > 1 ? ` in ${ran.attempts} attempts` : "";
  return [
    `${about} ran: ${reason}`,
    ...more,
    ...othersLine(ran.reason),
    `  ${ran.result} after ${showDuration(ran.durationMs)}${attempts}`,
    ...fingerprintLine(task),
    ...testLine(task),
    `  ${cacheWords(ran.cache)}`,
  ];
}

function othersLine(reason: RunReason): string[] {
  if (reason.reason !== "changed" || reason.others === 0) return [];
  return [`  ${reason.others} more changed since the task last ran`];
}

function fingerprintLine({ fingerprint }: TaskRecord): string[] {
  return fingerprint === undefined ? [] : [`  fingerprint ${fingerprint}`];
}

function testLine({ tests }: TaskRecord): string[] {
  return tests === undefined ? [] : [`  ${showTests(tests)}`];
}

function cacheWords(cache: CacheDecision): string {
  if (cache.stored) return "the result is cached";
  const words = {
    failed: "it failed",
    cancelled: "it was cancelled",
    noInputs: "it declares no inputs",
    cacheOff: "cache: false",
  };
  return cache.because in words
    ? `not cached: ${words[cache.because as keyof typeof words]}`
    : (showCacheDecision(cache) ?? "not cached");
}
