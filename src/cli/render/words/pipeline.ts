import { count, showDuration } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type {
  CacheDecision,
  ComparedWith,
  LinkedOutput,
  RunCounts,
  RunReason,
  SelectionReason,
  SkipReason,
  TestCounts,
} from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";
import { showUnmet } from "./condition.ts";

/** Why a task runs, in a few words: "src/index.ts changed and 2 more". */
export function showReason(reason: RunReason): string {
  switch (reason.reason) {
    case "forced":
      return "forced";
    case "notCacheable":
      return reason.because === "noInputs" ? "no inputs declared, so never cached" : "cache: false";
    case "firstTime":
      return "first time";
    case "noResult":
      return showNoResult(reason);
    case "changed":
      return `${showPart(reason.part)} ${changeWord(reason.before, reason.after)}${more(reason.others)}`;
    case "damagedEntry":
      return reason.part === "entry"
        ? "the cached result is damaged, or was not written with this key"
        : `the cached result is damaged: ${showPart(reason.part)}`;
    default:
      return unreachable(reason);
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

/** What a variable had, or has, is not told; that it is not set is. */
function changeWord(before: string | undefined, after: string | undefined): string {
  const [isUnset, wasUnset] = [after === "unset", before === "unset"];
  if (wasUnset !== isUnset) return wasUnset ? "is new" : "is gone";
  if (before === undefined && after !== undefined) return "is new";
  if (before !== undefined && after === undefined) return "is gone";
  return "changed";
}

function more(others: number): string {
  return others === 0 ? "" : ` and ${others} more`;
}

/** What became of the result; `undefined` when there is nothing worth saying. */
export function showCacheDecision(cache: CacheDecision): string | undefined {
  if (cache.stored) return cache.leadsOut && showLink(cache.leadsOut);
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
      return unreachable(cache.because);
  }
}

function showLink({ path, target }: LinkedOutput): string {
  return `its output ${safeLine(path)} leads outside the project, to ${safeLine(target)}`;
}

function detail(text: string | undefined): string {
  return text === undefined ? "" : ` (${safeLine(text)})`;
}

/** "12 tests passed", "3 of 12 tests failed". */
export function showTests(tests: TestCounts): string {
  const all = tests.passed + tests.failed;
  const { skipped, flaky = 0, quarantined = 0 } = tests;
  const others = Object.entries({ flaky, quarantined, skipped }).filter(([, number]) => number > 0);
  const more = others.map(([word, number]) => `, ${number} ${word}`).join("");
  return tests.failed > 0
    ? `${tests.failed} of ${count(all, "test")} failed${more}`
    : `${count(all, "test")} passed${more}`;
}

/** "nothing changed, but it failed in run 12". */
function showNoResult({ because, run, detail }: Extract<RunReason, { reason: "noResult" }>): string {
  const where = run === undefined ? "last time" : `in run ${run}`;
  switch (because) {
    case "failed":
      return `nothing changed, but it failed ${where}`;
    case "cancelled":
      return `nothing changed, but it was cancelled ${where}`;
    case "notStored":
      return `nothing changed, but its result was not cached ${where}${detail === undefined ? "" : ` (${safeLine(detail)})`}`;
    case "gone":
      return "nothing changed, but its cached result is gone";
    default:
      return unreachable(because);
  }
}

/** Why a task does not run, in a few words: "build did not succeed". */
export function showSkip(because: SkipReason): string {
  switch (because.reason) {
    case "cancelled":
      return "the run was cancelled";
    case "needFailed":
      return `${because.need} did not succeed`;
    case "needSkipped":
      return `${because.need} was skipped`;
    case "unaffected":
      return `not affected by the change since run ${because.run}`;
    case "condition":
      return because.unmet.map(showUnmet).join(", and ");
    default:
      return unreachable(because);
  }
}

/** Why a task is among those of the run. */
export function showSelection(because: SelectionReason): string {
  switch (because.reason) {
    case "named":
      return "asked for";
    case "filter":
      return `--filter ${safeLine(because.filter)}`;
    case "changedFile":
      return `${safeLine(because.file)} was changed`;
    case "needAffected":
      return `${because.need}, which it needs, is affected`;
    case "neededBy":
      return `${because.task} needs it`;
    case "cleansUp":
      return `it cleans up after ${because.task}`;
    default:
      return unreachable(because);
  }
}

export function showHit(restored: number, savedMs: number): string {
  const files = restored === 0 ? "" : `, ${count(restored, "file")} restored`;
  return `saved ${showDuration(savedMs)}${files}`;
}

/** "origin/main (commit 1a2b3c4d5e6f)". */
export function showComparedWith({ since, commit }: ComparedWith): string {
  return `${safeLine(since)} (commit ${commit.slice(0, 12)})`;
}

/** "2 hits, 1 ran, 1 failed": without what did not happen. */
export function showCounts({ hits, ran, failed, skipped, allowed = 0 }: RunCounts): string {
  const parts = [
    hits > 0 ? count(hits, "hit") : "",
    ran > 0 ? `${ran} ran` : "",
    failed > 0 ? `${failed} failed${allowed > 0 ? ` (${allowed} allowed to)` : ""}` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "no tasks" : parts.join(", ");
}

const kinds: Readonly<Record<string, (name: string) => string>> = {
  input: (name) => name,
  output: (name) => name,
  need: (name) => `the output of ${name}`,
  reads: (name) => `what ${name} reads`,
  behind: (name) => `what ${name} was made from`,
  env: (name) => `the variable ${name}`,
  quarantine: (name) => `the quarantine of ${name}`,
  tool: (name) => `the program ${name}`,
  task: (name) => `its \`${name}\``,
};

/** A part of a fingerprint for people: `input:src/a.ts` is "src/a.ts". What is not known is shown as it is. */
function showPart(part: string): string {
  if (part === "place") return "the project's folder";
  const colon = part.indexOf(":");
  const show = colon < 0 ? undefined : kinds[part.slice(0, colon)];
  return safeLine(show === undefined ? part : show(part.slice(colon + 1)));
}
