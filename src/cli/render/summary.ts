import { count, showDuration } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import { marks } from "./marks.ts";
import type { Palette } from "./palette.ts";
import { type Piece, paint, piece, type Row } from "./row.ts";
import type { RunView, TaskView } from "./run-view.ts";
import { padTo, textWidth } from "./text-width.ts";
import {
  showCacheDecision,
  showComparedWith,
  showCounts,
  showHit,
  showReason,
  showSkip,
  showTests,
} from "./words/pipeline.ts";
import { quarantineLines, showCoverage } from "./words/tests.ts";

/** More tasks than that with nothing to do are told in one line: what did something is what people look for. */
export const mostIdle = 30;

/** The table at the end of a run, a line per task, and the line that says how it went. */
export function summaryLines(
  view: RunView,
  colors: Palette,
  { quietHits = false }: { readonly quietHits?: boolean } = {},
): string[] {
  const all = [...view.tasks.values()];
  const isFolded = quietHits || all.filter(hadNothingToDo).length > mostIdle;
  const tasks = isFolded ? all.filter((task) => !hadNothingToDo(task)) : all;
  const nameWidth = Math.max(0, ...tasks.map((task) => textWidth(task.name)));
  const rows = tasks.map((task) => paint(summaryRow(task, nameWidth), colors));
  const quarantine = tasks.flatMap((task) =>
    task.quarantine === undefined ? [] : quarantineLines(task.name, task.quarantine),
  );
  const folded = isFolded && !quietHits ? [foldedLine(all.filter(hadNothingToDo), colors)] : [];
  const warnings = quarantine.map((line) => `${colors.warn(marks.warning)} ${line}`);
  return [...rows, ...folded, ...warnings, ...nothingChanged(view), ...outcomeLine(view, colors)];
}

/** An empty selection says against what it was made. */
function nothingChanged({ tasks, comparedWith }: RunView): string[] {
  if (comparedWith === undefined || tasks.size > 0) return [];
  return [`nothing that was asked for has changed since ${showComparedWith(comparedWith)}`];
}

function foldedLine(tasks: readonly TaskView[], colors: Palette): string {
  const saved = tasks.reduce((sum, { state }) => sum + (state.state === "hit" ? state.savedMs : 0), 0);
  return `${colors.active(marks.hit)} ${count(tasks.length, "task")} had nothing to do: saved ${showDuration(saved)} in all`;
}

function hadNothingToDo({ state }: TaskView): boolean {
  if (state.state === "hit") return state.restored === 0;
  return state.state === "skipped" && state.because.reason === "unaffected";
}

function summaryRow(task: TaskView, nameWidth: number): Row {
  const { mark, word, time } = cells(task);
  const notes = notesOf(task);
  return [
    mark,
    piece(` ${padTo(task.name, nameWidth)}  ${padTo(word, 9)}  ${time.padStart(12)}`),
    piece(notes === "" ? "" : `  ${notes}`, "faint"),
  ];
}

function cells(task: TaskView): { readonly mark: Piece; readonly word: string; readonly time: string } {
  const { state } = task;
  switch (state.state) {
    case "hit":
      return { mark: piece(marks.hit, "active"), word: "hit", time: "" };
    case "succeeded":
      return { mark: piece(marks.done, "good"), word: "ran", time: showDuration(state.durationMs) };
    case "failed":
      return { mark: piece(marks.failed, "bad"), word: "failed", time: showDuration(state.durationMs) };
    case "cancelled":
      return { mark: piece(marks.skipped, "warn"), word: "cancelled", time: showDuration(state.durationMs) };
    case "skipped":
      return { mark: piece(marks.skipped, "warn"), word: "skipped", time: "" };
    case "waiting":
    case "running":
      return { mark: piece(marks.waiting, "faint"), word: "unknown", time: "" };
    default:
      return unreachable(state);
  }
}

/** What else is worth knowing of a task: its tests, and why it ran or did not. */
function notesOf({ state, reason, cache, tests, coverage }: TaskView): string {
  const notes = [
    state.state === "hit" ? showHit(state.restored, state.savedMs) : undefined,
    state.state === "skipped" ? showSkip(state.because) : undefined,
    tests === undefined ? undefined : showTests(tests),
    coverage === undefined ? undefined : showCoverage(coverage),
    reason === undefined ? undefined : showReason(reason),
    cache === undefined ? undefined : showCacheDecision(cache),
  ];
  return notes.filter((note) => note !== undefined).join("; ");
}

function outcomeLine({ finished, run }: RunView, colors: Palette): string[] {
  if (finished === undefined) return [];
  const figures = `${showDuration(finished.durationMs)}: ${showCounts(finished.counts)}`;
  switch (finished.outcome) {
    case "succeeded":
      return [`${colors.good(marks.done)} run ${run} succeeded in ${figures}`];
    case "failed":
      return [`${colors.bad(marks.failed)} run ${run} failed after ${figures}`];
    case "cancelled":
      return [`${colors.warn(marks.skipped)} run ${run} was cancelled after ${figures}`];
    default:
      return unreachable(finished.outcome);
  }
}
