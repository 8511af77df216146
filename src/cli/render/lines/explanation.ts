import type { Confinement, Opening } from "../../../cache/entries/confinement.ts";
import type { TaskRecord, TaskResult } from "../../../cache/runs/run-record.ts";
import { showDuration } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { CacheDecision, RunReason } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";
import { showCacheDecision, showHit, showReasonInFull, showSelection, showSkip, showTests } from "../words/pipeline.ts";
import { quarantineLines, showCoverage } from "../words/tests.ts";

/**
 * Why a task ran or did not, and what became of it: the first line is the answer. `confinement`: of its result in the
 * cache, when that is there.
 */
export function explanation(name: string, run: string, task: TaskRecord, confinement?: Confinement): string[] {
  const selected = task.selected === undefined ? [] : [`  selected: ${showSelection(task.selected)}`];
  const confined = confinement === undefined ? [] : [`  ${showConfinement(confinement)}`];
  return [...fateOf(name, run, task), ...confined, ...selected, ...queueLine(task)];
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
        ...testLines(name, task),
      ];
    case "skipped":
      return [`${about} was skipped: ${showSkip(result.because)}`];
    case "succeeded":
    case "failed":
    case "cancelled":
      return result.attempts === 0 ? couldNotRun(about, result) : ranLines(name, about, task, result);
    default:
      return unreachable(result);
  }
}

type Ran = Extract<TaskResult, { reason: RunReason }>;

/** Something was wrong before its command could be started. */
function couldNotRun(about: string, ran: Ran): string[] {
  return [`${about} could not be run`, ...failureLines(ran)];
}

function ranLines(name: string, about: string, task: TaskRecord, ran: Ran): string[] {
  const [reason = "", ...more] = showReasonInFull(ran.reason);
  const attempts = ran.attempts > 1 ? ` in ${ran.attempts} attempts` : "";
  const allowed = ran.allowed === true ? ", which it may: the run went on" : "";
  return [
    `${about} ran: ${reason}`,
    ...more,
    ...othersLine(ran.reason),
    `  ${ran.result} after ${showDuration(ran.durationMs)}${attempts}${allowed}`,
    ...failureLines(ran),
    ...fingerprintLine(task),
    ...testLines(name, task),
    `  ${cacheWords(ran.cache)}`,
  ];
}

function othersLine(reason: RunReason): string[] {
  if (reason.reason !== "changed" || reason.others === 0) return [];
  return [`  ${reason.others} more changed since the task last ran`];
}

function failureLines({ failures }: Ran): string[] {
  return failures.map(({ code, message }) => `  ${code}: ${safeLine(message)}`);
}

function fingerprintLine({ fingerprint }: TaskRecord): string[] {
  return fingerprint === undefined ? [] : [`  fingerprint ${fingerprint}`];
}

function testLines(name: string, { tests, coverage, quarantine }: TaskRecord): string[] {
  return [
    ...(tests === undefined ? [] : [`  ${showTests(tests)}`]),
    ...(coverage === undefined ? [] : [`  ${showCoverage(coverage)}`]),
    ...(quarantine === undefined ? [] : quarantineLines(name, quarantine).map((line) => `  ${line}`)),
  ];
}

function queueLine({ queued }: TaskRecord): string[] {
  return queued === undefined ? [] : [`  waited for its turn in ${safeLine(queued.group)}: ${queued.limit} at a time`];
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

const openings: Readonly<Record<Opening, string>> = {
  project: "the rest of the project",
  disk: "the rest of the disk",
  network: "the network",
  processes: "other processes",
};

/** How far a result's task was held to what it declares: "staged; it could reach the network". */
function showConfinement({ level, open }: Confinement): string {
  if (open.length === 0) return `${level}: it could reach nothing undeclared`;
  const reached = open.map((each) => openings[each] ?? each);
  const last = reached.at(-1);
  const all = reached.length === 1 ? last : `${reached.slice(0, -1).join(", ")} and ${last}`;
  return `${level}: besides what it declares, it could reach ${all}`;
}
