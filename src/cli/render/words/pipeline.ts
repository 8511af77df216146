import type { CacheDecision, Event, RunCounts, RunReason, TestCounts } from "../../../events/event.ts";
import { count, showDuration } from "../quantities.ts";
import { safeLine } from "../safe-text.ts";
import { showPart } from "./part.ts";

/** Why a task runs, in a few words: "src/index.ts changed and 2 more". */
export function showReason(reason: RunReason): string {
  switch (reason.reason) {
    case "forced":
      return "forced";
    case "notCacheable":
      return reason.because === "noInputs" ? "no inputs declared, so never cached" : "cache: false";
    case "firstTime":
      return "first time";
    case "changed":
      return `${showPart(reason.part)} ${changeWord(reason.before, reason.after)}${more(reason.others)}`;
    case "damagedEntry":
      return `the cached result is damaged: ${showPart(reason.part)}`;
    default:
      return reason satisfies never;
  }
}

/** The same with everything known: the values before and after. */
export function showReasonInFull(reason: RunReason): string[] {
  if (reason.reason !== "changed") return [showReason(reason)];
  return [
    showReason(reason),
    ...(reason.before === undefined ? [] : [`  before: ${safeLine(reason.before)}`]),
    ...(reason.after === undefined ? [] : [`  after:  ${safeLine(reason.after)}`]),
  ];
}

function changeWord(before: string | undefined, after: string | undefined): string {
  if (before === undefined && after !== undefined) return "is new";
  if (before !== undefined && after === undefined) return "is gone";
  return "changed";
}

function more(others: number): string {
  return others === 0 ? "" : ` and ${others} more`;
}

/** What became of the result; `undefined` when there is nothing worth saying. */
export function showCacheDecision(cache: CacheDecision): string | undefined {
  if (cache.stored) return undefined;
  switch (cache.because) {
    case "failed":
    case "cancelled":
    case "noInputs":
    case "cacheOff":
      return undefined;
    case "inputsChanged":
      return `not cached: inputs changed while it ran${detail(cache.detail)}`;
    case "storeFailed":
      return `not cached: the result could not be stored${detail(cache.detail)}`;
    default:
      return cache.because satisfies never;
  }
}

function detail(text: string | undefined): string {
  return text === undefined ? "" : ` (${safeLine(text)})`;
}

/** "12 tests passed", "3 of 12 tests failed". */
export function showTests(tests: TestCounts): string {
  const all = tests.passed + tests.failed;
  const skipped = tests.skipped === 0 ? "" : `, ${tests.skipped} skipped`;
  return tests.failed > 0
    ? `${tests.failed} of ${count(all, "test")} failed${skipped}`
    : `${count(all, "test")} passed${skipped}`;
}

type Skipped = Extract<Event, { type: "taskSkipped" }>["because"];

export function showSkip(because: Skipped): string {
  return because.reason === "cancelled" ? "the run was cancelled" : `${because.need} did not succeed`;
}

export function showHit(restored: number, savedMs: number): string {
  const files = restored === 0 ? "" : `, ${count(restored, "file")} restored`;
  return `saved ${showDuration(savedMs)}${files}`;
}

/** "2 hits, 1 ran, 1 failed": without what did not happen. */
export function showCounts({ hits, ran, failed, skipped }: RunCounts): string {
  const parts = [
    hits > 0 ? count(hits, "hit") : "",
    ran > 0 ? `${ran} ran` : "",
    failed > 0 ? `${failed} failed` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "no tasks" : parts.join(", ");
}
